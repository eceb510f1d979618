import { createRequire } from 'node:module';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { projectRoot } from '../../host/paths.ts';
import type { VzAddon } from './addon.ts';
import { type VzFacts, vzFactsSchema } from './document.ts';

/** The addon and what it says of this Mac, or why there is no using it: a sentence for the user. */
export type LoadedAddon =
  | { readonly addon: VzAddon; readonly facts: VzFacts }
  | { readonly notAvailable: string; readonly hint?: string | undefined };

/** What tells whether the addon can be used; a parameter so that every answer can be tried on every computer. */
export interface AddonPlace {
  readonly platform: NodeJS.Platform;
  /** Whether this is Electron's main process: elsewhere nobody runs the main queue, and no answer would ever come. */
  readonly isMainProcess: boolean;
  readonly load: () => unknown;
}

/** This process. */
export function thisPlace(): AddonPlace {
  return {
    platform: process.platform,
    isMainProcess: 'electron' in process.versions && process.type === 'browser',
    load: (): unknown => createRequire(import.meta.url)(addonFile()),
  };
}

let loaded: LoadedAddon | undefined;

/** Loads the addon when it is first asked for; says in plain words why it can't be. */
export function loadAddon(): LoadedAddon {
  loaded ??= tryAddon(thisPlace());
  return loaded;
}

/** {@link loadAddon} without the memory. */
export function tryAddon({ platform, isMainProcess, load }: AddonPlace): LoadedAddon {
  if (platform !== 'darwin') return { notAvailable: 'Virtualization.framework is a part of macOS.' };
  if (!isMainProcess)
    return {
      notAvailable: "Machines of Virtualization.framework run in Tatin's app only.",
      hint: 'Start the app, and start the machine there.',
    };
  try {
    // The addon's own source is what says that this is its shape; there is nothing to parse in a function.
    const addon = load() as VzAddon;
    const facts = vzFactsSchema.parse(JSON.parse(addon.hostFacts()));
    return reasonAgainst(facts) ?? { addon, facts };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      notAvailable: `The native part of Tatin that runs machines is not built, or not for this Mac: ${reason}`,
      hint: 'Run npm run setup.',
    };
  }
}

function reasonAgainst(facts: VzFacts): LoadedAddon | undefined {
  if (!facts.supported) return { notAvailable: "This Mac's processor can't run virtual machines." };
  if (facts.entitled) return undefined;
  return {
    notAvailable: 'Tatin is not signed to run virtual machines: com.apple.security.virtualization is missing.',
    hint: 'Install the app anew, or run npm run setup, which signs the development copy.',
  };
}

/** @throws AppError `no-hypervisor` if it can't be used here */
export function requireAddon(result: LoadedAddon = loadAddon()): { addon: VzAddon; facts: VzFacts } {
  if ('addon' in result) return result;
  throw new AppError('no-hypervisor', result.notAvailable, { hint: result.hint });
}

function addonFile(): string {
  const named = process.env.TATIN_NATIVE_DIR;
  const folder = named !== undefined && named !== '' ? named : path.join(projectRoot(), 'native');
  return path.join(folder, 'vz', 'build', 'Release', 'vz.node');
}

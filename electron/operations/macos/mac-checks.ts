import type { AppError } from '../../contract/errors.ts';
import type { MacCheck } from '../../contract/macos.ts';
import type { LoginKeychain } from '../../hypervisor/vz/login-keychain.ts';
import { type MacVersion, hostAdvice, oldestHostFor } from '../../macos/catalog.ts';
import { installedBytes } from '../../macos/install-mac.ts';
import type { ResolvedIpsw } from '../../macos/resolve-ipsw.ts';
import { diskText } from '../../contract/words/sizes.ts';

/** What the checks judge; found out before, so that judging is a matter of tables. */
export interface MacCheckFacts {
  readonly resolved: ResolvedIpsw;
  readonly catalog: readonly MacVersion[];
  /** The macOS of this Mac, or why this host installs none. */
  readonly host: { readonly major: number } | { readonly notHere: AppError };
  /** Why the hypervisor refuses the image, if it has been asked and does. */
  readonly refusal?: AppError | undefined;
  readonly freeBytes: number;
  /** Names of the macOS machines that run. */
  readonly running: readonly string[];
  readonly keychain?: LoginKeychain | undefined;
}

/** What stands in the way of an installation, in the order in which a person can do something about it. */
export function macChecks(facts: MacCheckFacts): MacCheck[] {
  return [computer(facts), version(facts), image(facts), space(facts), slots(facts), keychain(facts)].filter(
    (check) => check !== undefined,
  );
}

function computer({ host }: MacCheckFacts): MacCheck {
  if ('major' in host) return { id: 'computer', state: 'passed', text: 'This Mac runs macOS guests.' };
  const { message, hint } = host.notHere;
  return { id: 'computer', state: 'failed', text: message, ...(hint === undefined ? {} : { hint }) };
}

function version({ host, resolved, catalog }: MacCheckFacts): MacCheck {
  const id = 'version';
  const { version: wanted, build } = resolved.is === 'here' ? resolved.image : resolved;
  if (wanted === undefined)
    return { id, state: 'skipped', text: 'Which macOS it installs shows when it has been fetched.' };
  if (!('major' in host)) return { id, state: 'skipped', text: 'Which Macs install it is looked at on a Mac.' };
  const known = catalog.find((entry) => entry.build === build);
  const minimumHost = known?.minimumHost ?? oldestHostFor(wanted);
  const { problem, hint } = hostAdvice({ version: wanted, minimumHost }, host.major);
  if (problem !== undefined)
    return { id, state: 'failed', text: problem, hint: 'Update this Mac, or choose an older macOS.' };
  if (hint !== undefined)
    return { id, state: 'attention', text: `It is newer than macOS ${host.major} of this Mac.`, hint };
  return { id, state: 'passed', text: `macOS ${host.major} of this Mac installs it.` };
}

function image({ resolved, refusal }: MacCheckFacts): MacCheck {
  const id = 'image';
  if (refusal !== undefined)
    return {
      id,
      state: 'failed',
      text: refusal.message,
      ...(refusal.hint === undefined ? {} : { hint: refusal.hint }),
    };
  if (resolved.is === 'there')
    return { id, state: 'skipped', text: 'The image is looked at when it has been fetched.' };
  if (resolved.image.isForVirtualMac) return { id, state: 'passed', text: 'The image is for virtual Macs.' };
  return {
    id,
    state: 'failed',
    text: 'The image is not for virtual Macs.',
    hint: 'Get the one that Apple offers as “UniversalMac”.',
  };
}

function space({ resolved, freeBytes }: MacCheckFacts): MacCheck {
  const id = 'space';
  const toFetch = resolved.is === 'here' ? 0 : Math.max(0, (resolved.bytes ?? 0) - resolved.fetchedBytes);
  const needed = toFetch + installedBytes;
  if (freeBytes >= needed) return { id, state: 'passed', text: `${diskText(freeBytes)} are free.` };
  const what = toFetch === 0 ? 'An installed macOS takes' : 'The image and an installed macOS take';
  return {
    id,
    state: 'failed',
    text: `${what} some ${diskText(needed)}, and ${diskText(freeBytes)} are free.`,
    hint: 'Make room on the disk of the library, or prune its cache.',
  };
}

function slots({ host, running }: MacCheckFacts): MacCheck | undefined {
  if (!('major' in host)) return undefined;
  const id = 'slots';
  if (running.length === 0) return { id, state: 'passed', text: 'No macOS VM runs.' };
  if (running.length === 1)
    return { id, state: 'passed', text: '1 of 2 macOS VMs is running, so this one can be installed now.' };
  return {
    id,
    state: 'attention',
    text: `${running.map((name) => `“${name}”`).join(' and ')} run, and macOS allows two macOS guests at a time.`,
    hint: 'Suspend or shut down one of them before the installation begins.',
  };
}

function keychain({ host, keychain: found }: MacCheckFacts): MacCheck | undefined {
  if (!('major' in host) || found === undefined) return undefined;
  const id = 'keychain';
  if (found.state === 'skipped') return { id, state: 'skipped', text: found.why };
  if (found.state === 'open') return { id, state: 'passed', text: 'The login keychain is unlocked.' };
  const { message, hint } = found.error;
  return { id, state: 'failed', text: message, ...(hint === undefined ? {} : { hint }) };
}

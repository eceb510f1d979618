import type { CreateInput, CreateSource } from '../../../electron/contract/vms.ts';
import type { Host } from '../../../electron/contract/host.ts';
import type { GuestArch, VmId } from '../../../electron/contract/machine.ts';
import type { MacDraft, MacInstall, MacSource } from '../../../electron/contract/macos.ts';
import type { InstallerDisc } from '../../state/view-store.ts';
import { defaultsFor, gigabyte } from './limits.ts';
import type { MadeFrom } from './made-from.ts';

/** Everything that the three steps gather. */
export interface Draft {
  readonly from: MadeFrom;
  /** Which macOS, where it is that. */
  readonly macSource: MacSource;
  readonly isoPath: string | undefined;
  /** As the disc says; undefined for that of the host. */
  readonly arch: GuestArch | undefined;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly diskGigabytes: number;
  /** "1920x1080". */
  readonly display: string;
  readonly name: string;
  readonly start: boolean;
}

/** The names that are suggested first. */
export const defaultNames: Record<MadeFrom, string> = {
  demo: 'demo-linux',
  macos: 'macos',
  iso: 'linux',
  empty: 'new-machine',
};

/** What a kind of machine begins with. */
export function firstDraft(from: MadeFrom, host: Host, disc: InstallerDisc | undefined, macSource?: MacSource): Draft {
  return {
    from,
    macSource: macSource ?? { from: 'latest' },
    isoPath: disc?.path,
    arch: disc?.arch,
    name: '',
    ...startOf(from, host),
  };
}

/** Another kind of machine begins with resources of its own. */
export function changesTo(changes: Partial<Draft>, host: Host): Partial<Draft> {
  const { from } = changes;
  return from === undefined ? changes : { ...startOf(from, host), ...changes };
}

function startOf(
  from: MadeFrom,
  host: Host,
): Pick<Draft, 'cpuCount' | 'memoryBytes' | 'diskGigabytes' | 'display' | 'start'> {
  const chosen = from === 'demo' ? undefined : host.newMachine?.display;
  const usual = from === 'macos' ? '1920x1200' : '1280x800';
  const display = chosen === undefined ? usual : `${chosen.width}x${chosen.height}`;
  return { ...defaultsFor(from, host), display, start: from !== 'empty' };
}

/** What is asked of the other side for a machine that the library makes. */
export function createInputOf(draft: Draft, from: CreateSource['from']): CreateInput {
  const { isoPath = '', arch } = draft;
  return {
    ...commonOf(draft),
    source: from === 'iso' ? { from, isoPath } : { from },
    ...(from === 'iso' && arch !== undefined ? { arch } : {}),
  };
}

/** What is asked of the other side for a machine that macOS is installed in. */
export function installInputOf(draft: Draft): MacInstall {
  return { ...commonOf(draft), source: draft.macSource };
}

function commonOf({ name, cpuCount, memoryBytes, diskGigabytes, display, start }: Draft) {
  const [width = 1280, height = 800] = display.split('x').map(Number);
  return {
    name,
    cpuCount,
    memoryBytes: Math.round(memoryBytes),
    diskBytes: Math.round(diskGigabytes * gigabyte),
    display: { width, height },
    start,
  };
}

const steps = ['source', 'resources', 'name'] as const;

/** A draft as it outlives the page. A field that is being typed in may hold no number; then there is nothing to keep. */
export function keptDraft(draft: Draft, step: number, installing: VmId | undefined): MacDraft | undefined {
  const { macSource: source, cpuCount, memoryBytes, diskGigabytes, display, name, start } = draft;
  if ([cpuCount, memoryBytes, diskGigabytes].some((value) => !Number.isFinite(value))) return undefined;
  if (source.from === 'url' && !URL.canParse(source.url)) return undefined;
  return {
    step: steps[step] ?? 'source',
    ...{ source, cpuCount, memoryBytes, diskGigabytes, display, name, start },
    ...(installing === undefined ? {} : { installing }),
  };
}

/** The draft and its step again. */
export function fromKept(kept: MacDraft, host: Host): { draft: Draft; step: number } {
  const { step, source, cpuCount, memoryBytes, diskGigabytes, display, name, start } = kept;
  const draft = firstDraft('macos', host, undefined, source);
  return {
    draft: { ...draft, cpuCount, memoryBytes, diskGigabytes, display, name, start },
    step: steps.indexOf(step),
  };
}

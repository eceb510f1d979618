import type { Duplex } from 'node:stream';
import type { MacInstaller } from './mac-installer.ts';
import type { Host } from '../contract/host.ts';
import type {
  ExtraDisk,
  GuestArch,
  GuestOs,
  MachineState,
  PortForward,
  SharedFolder,
  Usage,
} from '../contract/machine.ts';
import type { GuestAgent } from '../guest/guest-agent.ts';
import type { ConfirmedPath } from '../library/confirmed-paths.ts';
import type { MachineChoices, NetworkSettings } from '../contract/network-settings.ts';

/** How a disk's reads and writes reach the host's storage. Absent: as is safe for the guest. */
export interface DiskModes {
  sync?: 'none' | 'fsync' | 'full' | undefined;
  caching?: 'automatic' | 'cached' | 'uncached' | undefined;
}

/** What may differ from one run to the next; never written to config.json. Absent means: as the sidecar says. */
export interface RunOptions {
  extraDisks?: readonly (ExtraDisk & DiskModes)[] | undefined;
  sharedFolders?: readonly (SharedFolder & { tag?: string | undefined })[] | undefined;
  portForwards?: readonly PortForward[] | undefined;
  rootDisk?: (DiskModes & { readOnly?: boolean | undefined }) | undefined;
  network?: NetworkSettings | undefined;
  keyboard?: boolean | undefined;
  pointer?: boolean | undefined;
  nested?: boolean | undefined;
  /**
   * Of the disks and folders above, those that the user named for this run. Absent: all of them. What only tatin.json names
   * needs its own seal.
   */
  confirmedPaths?: readonly ConfirmedPath[] | undefined;
}

/**
 * A machine that has a process behind it, or had one a moment ago. States and their order: see `machineStateSchema`.
 * Letting go of a Machine (`detach`) never stops the guest.
 */
export interface Machine {
  readonly name: string;
  readonly folder: string;
  readonly state: MachineState;
  /** Called with every new state until the returned function is called. */
  onState(listener: (state: MachineState) => void): () => void;
  /** Each resolves when the machine has taken the request or reached the state that its name says; throws AppError. */
  shutDown(): Promise<void>;
  forceStop(): Promise<void>;
  reset(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Resolves when the state is on disk and the process gone. */
  suspend(): Promise<void>;
  /** A PNG of the screen, at most `maxWidth` pixels wide; undefined while there is no display. */
  picture(maxWidth: number): Promise<{ png: Uint8Array; width: number; height: number } | undefined>;
  /** RFB bytes. */
  openConsole(): Promise<Duplex>;
  /** Raw serial bytes, first what was said since start (at most the last 1 MiB). Several may be open at once. */
  openSerial(): Promise<Duplex>;
  /** The ports of the host that lead into the guest now. */
  portForwards(): Promise<readonly PortForward[]>;
  /**
   * Opens and closes ports so that these and no others lead into the guest; those that stay are not touched. Throws
   * AppError `port-taken` and the like, and then all is as it was.
   */
  setPortForwards(forwards: readonly PortForward[]): Promise<void>;
  /** Samples of the last minutes, oldest first. */
  usage(): Promise<Usage[]>;
  readonly agent: GuestAgent;
  /** Resolves with the last state once the machine has stopped, failed or is suspended. */
  ended(signal: AbortSignal): Promise<MachineState>;
  detach(): void;
}

/** A way to run machines on this host. */
export interface Driver {
  readonly kind: 'qemu' | 'vz';
  /** Whether the machines that it runs go on when the process ends that started them. */
  readonly survivesApp: boolean;
  /** What it can run here, with accelerator or reason; measured once and kept. */
  guests(): Promise<Host['guests']>;
  /** What a machine can be set to here, with reasons for what it can't. */
  choices(guest: { os: GuestOs; arch: GuestArch }): Promise<MachineChoices>;
  /** Starts, or restores where there is a saved state; resolves when the guest's CPUs run. Throws AppError. */
  start(folder: string, options: RunOptions, signal: AbortSignal): Promise<Machine>;
  /** The machine that another Tatin started and that still runs, else undefined. */
  attach(folder: string): Promise<Machine | undefined>;
  /** Why the last run ended badly, if it did; kept in the VM's folder until the next start. */
  lastFailure(folder: string): Promise<{ at: Date; error: import('../contract/errors.ts').ErrorInfo } | undefined>;
  /** What installs macOS in new machines; absent where the driver runs no macOS. Throws AppError where this host can't. */
  macInstaller?(): MacInstaller;
}

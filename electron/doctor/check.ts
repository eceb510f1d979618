import type { networkInterfaces } from 'node:os';
import type { Fix } from '../contract/doctor.ts';
import type { Host } from '../contract/host.ts';
import type { HomeReport } from '../contract/settings.ts';
import type { RunCommand } from '../host/command-runner.ts';
import type { Library } from '../library/library.ts';

/** A cure together with what it does; those that a person carries out have nothing to do here. */
export interface Repair extends Fix {
  readonly apply?: (signal: AbortSignal) => Promise<void>;
}

/** What a check found. */
export interface Finding {
  readonly state: 'failed' | 'attention' | 'passed' | 'skipped';
  readonly summary: string;
  readonly lookedAt: string;
  readonly details?: string;
  readonly cures?: readonly Repair[];
}

/** What the checks look at. Everything that a test may want to be another way comes in here. */
export interface CheckContext {
  readonly platform: NodeJS.Platform;
  readonly library: Library;
  readonly host: () => Promise<Host>;
  /** Every home that is known, with its sizes. */
  readonly homes: () => Promise<readonly HomeReport[]>;
  /** Where the sockets of running machines are. */
  readonly runtimeFolder: string;
  readonly cacheFolder: string;
  readonly run: RunCommand;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly interfaces: () => ReturnType<typeof networkInterfaces>;
  readonly now: () => Date;
}

/** One thing to look at. Looking changes nothing. */
export interface Check {
  readonly id: string;
  readonly title: string;
  look(surroundings: CheckContext, signal: AbortSignal): Promise<Finding>;
}

export function passed(summary: string, lookedAt: string): Finding {
  return { state: 'passed', summary, lookedAt };
}

export function skipped(why: string): Finding {
  return { state: 'skipped', summary: why, lookedAt: 'Nothing was checked.' };
}

/** Of checks that only a Mac has something to say about. */
export const onlyOnMac = skipped('Only on a Mac: nothing to check here.');

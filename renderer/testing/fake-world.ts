import type { CheckResult } from '../../electron/contract/doctor.ts';
import type { Host } from '../../electron/contract/host.ts';
import type { Job } from '../../electron/contract/job.ts';
import type { Vm } from '../../electron/contract/machine.ts';
import type { Network } from '../../electron/contract/network.ts';
import type { OpenedPath } from '../../electron/contract/opened-paths.ts';
import type { UsageHistory } from '../../electron/contract/usage-history.ts';
import type { VmEvent } from '../../electron/contract/vm-events.ts';
import { type FakeImages, noImages } from './fake-images.ts';
import { emptyIntake, type FakeIntake } from './fake-imports.ts';
import { appleMacs, type FakeMacs } from './fake-macos.ts';
import { userNetwork } from './fake-network.ts';
import { usedFor } from './fake-supervision.ts';
import { linuxHost } from './fixtures.ts';

/** What stands behind a fake client: the library of a host that does at once what it is asked. */
export interface FakeWorld {
  readonly vms: Map<string, Vm>;
  readonly jobs: Map<string, Job>;
  host: Host;
  readonly checks: CheckResult[];
  network: Network;
  readonly intake: FakeIntake;
  readonly macs: FakeMacs;
  readonly cache: FakeImages;
  /** What every machine opens outside of its folder, not yet allowed. */
  readonly pathsToAllow: OpenedPath[];
  /** What happened to every machine, newest first. */
  readonly events: VmEvent[];
  /** What every machine took over time. */
  usage: UsageHistory;
}

/** What a test says of the library before it begins. */
export interface FakeStart {
  vms?: readonly Vm[];
  jobs?: readonly Job[];
  host?: Host;
  checks?: readonly CheckResult[];
  network?: Network;
  cache?: Partial<FakeImages>;
  pathsToAllow?: readonly OpenedPath[];
  events?: readonly VmEvent[];
  usage?: UsageHistory;
  macs?: Partial<FakeMacs>;
}

/** A library with what is given; for the rest, an empty one on Linux. */
export function fakeWorld(start: FakeStart): FakeWorld {
  return {
    vms: new Map((start.vms ?? []).map((vm) => [vm.id, vm])),
    jobs: new Map((start.jobs ?? []).map((job) => [job.id, job])),
    host: start.host ?? linuxHost(),
    checks: [...(start.checks ?? [])],
    network: start.network ?? userNetwork,
    cache: { ...noImages(), ...start.cache },
    intake: emptyIntake(),
    pathsToAllow: [...(start.pathsToAllow ?? [])],
    events: [...(start.events ?? [])],
    usage: start.usage ?? usedFor(0),
    macs: { ...appleMacs(), ...start.macs },
  };
}

import { networkInterfaces } from 'node:os';
import type { Host } from '../../contract/host.ts';
import { allChecks } from '../../doctor/checks.ts';
import { diagnosticsText } from '../../doctor/diagnostics.ts';
import { Doctor } from '../../doctor/doctor.ts';
import { runCommand } from '../../host/command-runner.ts';
import { cacheFolder, runtimeFolder } from '../../host/folders.ts';
import type { Log } from '../../host/log.ts';
import type { Library } from '../../library/library.ts';
import { listHomes } from '../../settings/homes.ts';

/** The doctor of this host and home. */
export function makeDoctor(rooms: { library: Library; host: () => Promise<Host> }): Doctor {
  return new Doctor(allChecks, {
    platform: process.platform,
    library: rooms.library,
    host: rooms.host,
    homes: () => listHomes(rooms.library.home.path),
    runtimeFolder: runtimeFolder(),
    cacheFolder: cacheFolder(),
    run: runCommand,
    environment: process.env,
    interfaces: networkInterfaces,
    now: () => new Date(),
  });
}

/** A report for developers, with the name of a file for it. */
export async function diagnostics(
  rooms: { library: Library; host: () => Promise<Host>; log: Log; doctor: Doctor },
  signal: AbortSignal,
): Promise<{ fileName: string; text: string }> {
  const [diagnosis, host, entries] = await Promise.all([
    rooms.doctor.examine(signal),
    rooms.host(),
    rooms.library.list(),
  ]);
  const text = await diagnosticsText({ diagnosis, host, entries, logFile: rooms.log.file });
  return { fileName: `tatin-diagnostics-${diagnosis.at.slice(0, 10)}.txt`, text };
}

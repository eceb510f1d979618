import { homedir, release, userInfo } from 'node:os';
import type { Diagnosis } from '../contract/doctor.ts';
import type { Host } from '../contract/host.ts';
import type { LibraryEntry } from '../library/vm.ts';
import { readTail } from '../files/bounded-file.ts';

/** The end of the log that a report holds, in lines. */
const logLines = 400;
/** Enough for as many lines with traces; in bytes. */
const maxLogBytes = 1024 ** 2;

/** What a report is made of. */
export interface DiagnosticsInput {
  readonly diagnosis: Diagnosis;
  readonly host: Host;
  readonly entries: readonly LibraryEntry[];
  readonly logFile: string;
}

/**
 * Text for a bug report, which a person can read before sending it. It holds no secret: the log keeps none, and neither
 * notes, tags, shared paths nor names of machines are anybody else's business. The user's folder and name are left out.
 */
export async function diagnosticsText({ diagnosis, host, entries, logFile }: DiagnosticsInput): Promise<string> {
  const log = await readTail(logFile, maxLogBytes).then(String, () => '(there is no log)');
  const sections = [
    section('Tatin', [
      `version ${host.version}, Node ${process.versions.node}${'electron' in process.versions ? `, Electron ${process.versions.electron}` : ''}`,
      `${host.platform} ${release()}, ${host.processor}, ${host.cpuCount} processors`,
      `memory ${host.memoryBytes}, available ${host.memoryAvailableBytes}`,
      `home ${host.home.path}, free ${host.home.freeBytes} of ${host.home.totalBytes}${host.home.error === undefined ? '' : `, ${host.home.error}`}`,
      ...host.guests.map((guest) => `guests ${JSON.stringify(guest)}`),
    ]),
    section(
      `Checks, ${diagnosis.at}`,
      diagnosis.checks.map(({ state, title, summary, lookedAt, details }) =>
        [`[${state}] ${title}: ${summary}`, `    ${lookedAt}`, ...indented(details)].join('\n'),
      ),
    ),
    section('Machines', entries.map(machineLine)),
    section('Log', log.trimEnd().split('\n').slice(-logLines)),
  ];
  return withoutUser(sections.join('\n'), entries);
}

function section(title: string, lines: readonly string[]): string {
  return `# ${title}\n\n${lines.join('\n')}\n`;
}

function indented(text: string | undefined): string[] {
  return text === undefined ? [] : text.split('\n').map((line) => `    ${line}`);
}

function machineLine(entry: LibraryEntry, index: number): string {
  if (entry.kind === 'unreadable') return `machine-${index + 1}: can't be read: ${entry.reason}`;
  const { config, diskBytes, allocatedBytes, lockPid, suspendedAt } = entry;
  const { os, arch, cpuCount, memorySize, diskFormat } = config;
  const state = lockPid !== undefined ? 'running' : suspendedAt !== undefined ? 'suspended' : 'stopped';
  return `machine-${index + 1}: ${JSON.stringify({ os, arch, cpuCount, memorySize, diskFormat, diskBytes, allocatedBytes, state })}`;
}

/** Longest first, so that a name within another one is not left half. */
function withoutUser(text: string, entries: readonly LibraryEntry[]): string {
  const names = entries
    .map(({ name }, index) => ({ name, index }))
    // A name as short as "a" is in every word; the state and the number tell enough.
    .filter(({ name }) => name.length >= 3)
    .sort((a, b) => b.name.length - a.name.length);
  const anonymous = names.reduce((all, { name, index }) => all.replaceAll(name, `machine-${index + 1}`), text);
  const withoutHome = anonymous.replaceAll(homedir(), '~');
  const { username } = userInfo();
  return username.length >= 3 && username !== 'root' ? withoutHome.replaceAll(username, 'user') : withoutHome;
}

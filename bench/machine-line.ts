import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

/** What was measured on, in a line. Numbers of another machine are other numbers. */
export function machineLine(): string {
  const [cpu] = cpus();
  const parts = [
    `${cpu?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores`,
    `${Math.round(totalmem() / 1024 ** 3)} GB`,
    systemName(),
    `Node ${process.versions.node}`,
    firstLine('qemu-system-x86_64', '--version')?.replace(/^QEMU emulator version ([\d.]+).*$/, 'QEMU $1'),
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

function systemName(): string {
  const release = firstLine('sh', '-c', '. /etc/os-release 2>/dev/null && echo "$PRETTY_NAME" || uname -sr');
  return release ?? process.platform;
}

function firstLine(program: string, ...args: string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0];
  } catch (error) {
    // Not installed: then it was not measured either.
    return undefined;
  }
}

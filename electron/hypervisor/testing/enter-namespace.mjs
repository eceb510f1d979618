/**
 * Stands in for the process that hosts a machine: starts it in a network namespace of the test's, and with a list of
 * bridges of the test's. It ends with it, and passes on the signal that calls a start off.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';

const namespace = process.env.TATIN_TEST_NAMESPACE ?? '';
const host = path.join(import.meta.dirname, '../qemu/vm-host.ts');
// The list is mounted for this process and its children alone.
const script = 'mount -t tmpfs none /etc/qemu && echo "allow br0" > /etc/qemu/bridge.conf && exec "$@"';
const command = [process.execPath, ...process.execArgv, host, ...process.argv.slice(2)];
const child = spawn('ip', ['netns', 'exec', namespace, 'sh', '-c', script, 'sh', ...command], {
  // What it reports goes to descriptor 3.
  stdio: ['inherit', 'inherit', 'inherit', 3],
});
process.on('SIGINT', () => child.kill('SIGINT'));
child.on('exit', (code) => process.exit(code ?? 1));

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** Before a process of Node holds it back, which is its first act, the signal ends it, as it does every program. */
function isHeldBack(pid: number | undefined): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [blocked = 0n, caught = 0n] = ['SigBlk', 'SigCgt'].map((name) =>
    BigInt(`0x${new RegExp(`^${name}:\\s*(\\w+)$`, 'm').exec(status)?.[1] ?? '0'}`),
  );
  return ((blocked | caught) & (1n << BigInt(constants.signals.SIGUSR1 - 1))) !== 0n;
}

/** Sends the signal again and again from the first moment of its start on, until it has said that it was asked. */
async function signalled(args: readonly string[]): Promise<{ said: string; complained: string; isAlive: boolean }> {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const output = { said: '', complained: '' };
  const asked = Promise.withResolvers<undefined>();
  child.stdout.on('data', (bytes: Buffer) => {
    output.said += bytes.toString();
    if (output.said.includes('asked')) asked.resolve(undefined);
  });
  child.stderr.on('data', (bytes: Buffer) => (output.complained += bytes.toString()));
  child.on('exit', () => asked.resolve(undefined));
  const again = setInterval(() => {
    if (isHeldBack(child.pid)) child.kill('SIGUSR1');
  }, 1);
  await asked.promise;
  clearInterval(again);
  const isAlive = child.exitCode === null && child.signalCode === null;
  child.kill('SIGKILL');
  return { ...output, isAlive };
}

const script = `
  const { onSuspendSignal } = await import(${JSON.stringify(path.join(import.meta.dirname, '../files/posix.ts'))});
  onSuspendSignal(() => console.log('asked'));
  process.stdin.resume();`;

describe.runIf(process.platform === 'linux')('The signal to suspend', () => {
  it('is heard as soon as somebody listens, and opens no debugger before', async () => {
    const result = await signalled(['--disable-sigusr1', '--input-type=module', '-e', script]);
    expect(result).toMatchObject({ isAlive: true, said: expect.stringContaining('asked') as string });
    expect(result.complained).not.toMatch(/[Dd]ebugger|inspector/);
  });

  it('would open one without the option, which this test would see', async () => {
    const result = await signalled(['--input-type=module', '-e', script]);
    expect(result.complained).toMatch(/Debugger listening/);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Socket, createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { Qmp, QmpError } from './qmp.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

/** A QEMU without a machine, which answers and emits all the same. */
async function realQemu(): Promise<AsyncDisposable & { qmp: Qmp; kill: () => void }> {
  const folder = temporaryFolder();
  const server = createServer({ pauseOnConnect: true }).listen(path.join(folder.path, 'q'));
  const child = spawn('qemu-system-x86_64', [
    ...['-machine', 'none', '-nodefaults', '-display', 'none', '-S'],
    ...['-chardev', `socket,id=q,path=${folder.path}/q,server=off`, '-mon', 'chardev=q,mode=control'],
  ]);
  const [socket] = (await once(server, 'connection')) as [Socket];
  return {
    qmp: await Qmp.over(socket),
    kill: () => child.kill('SIGKILL'),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      server.close();
      folder[Symbol.dispose]();
    },
  };
}

describe('QMP', () => {
  it('asks a real QEMU and tells its answers apart', async () => {
    await using qemu = await realQemu();
    const status = z.object({ status: z.string() });
    const [state, version] = await Promise.all([
      qemu.qmp.ask(status, 'query-status'),
      qemu.qmp.ask(z.object({ qemu: z.object({ major: z.number() }) }), 'query-version'),
    ]);
    expect(state.status).toBe('prelaunch');
    expect(version.qemu.major).toBeGreaterThanOrEqual(6);
  });

  it('passes on what QEMU refuses', async () => {
    await using qemu = await realQemu();
    const refused = qemu.qmp.execute('no-such-command');
    await expect(refused).rejects.toBeInstanceOf(QmpError);
    await expect(refused).rejects.toThrow(/no-such-command.*not.*found/i);
  });

  it('tells events until it is told not to', async () => {
    await using qemu = await realQemu();
    const seen: string[] = [];
    const stop = qemu.qmp.onEvent(({ event }) => seen.push(event));
    await qemu.qmp.execute('cont');
    expect(seen).toContain('RESUME');
    stop();
    await qemu.qmp.execute('stop');
    expect(seen).not.toContain('STOP');
  });

  it('rejects what waits when QEMU is killed, and what comes after', async () => {
    await using qemu = await realQemu();
    const waiting = qemu.qmp
      .execute('query-status')
      .then(() => qemu.qmp.execute('human-monitor-command', { 'command-line': 'info version' }));
    qemu.kill();
    await waiting.catch(() => undefined);
    await expect
      .poll(() => qemu.qmp.execute('query-status').then(() => '', String), patience)
      .toContain('QEMU has ended');
  });
});

import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { GuestLab, waitFor } from '../testing/guest-lab.ts';

describe('TATIN_DEBUG', () => {
  let lab: GuestLab;
  let folder: string;
  beforeAll(async () => {
    lab = await GuestLab.open();
    folder = await lab.empty('watched');
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => lab[Symbol.asyncDispose]());

  const monitor = () => path.join(lab.runtimeFolder, readdirSync(lab.runtimeFolder)[0] ?? '', 'monitor.sock');

  it('opens a QMP monitor for developers while the machine runs', async () => {
    vi.stubEnv('TATIN_DEBUG', '1');
    const machine = await lab.start(folder);
    const socket = connect(monitor());
    await waitFor(socket, '"QMP"');
    socket.write('{"execute":"qmp_capabilities"}\n{"execute":"query-status"}\n');
    await waitFor(socket, '"running": true');
    socket.destroy();
    await machine.forceStop();
    await machine.ended(new AbortController().signal);
    expect(existsSync(monitor())).toBe(false);
  });

  it('is needed for that', async () => {
    const machine = await lab.start(folder);
    expect(existsSync(monitor())).toBe(false);
    await machine.forceStop();
  });
});

import { describe, expect, it } from 'vitest';
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { softnetArguments, startSoftnet } from './softnet.ts';

const mac = '7a:65:e4:3f:b2:03';
const always = ['--vm-fd', '0', '--vm-mac-address', mac];

describe('Softnet’s options', () => {
  it('name the descriptor of the frames and the guest’s address', () => {
    expect(softnetArguments(mac, {})).toEqual(always);
  });

  it('say what goes through', () => {
    const choice = {
      hostOnly: true,
      allow: ['10.0.0.0/8', '192.168.1.0/24'],
      block: ['10.9.0.0/16'],
      expose: [
        { external: 2222, internal: 22 },
        { external: 8080, internal: 80 },
      ],
      controlDescriptor: 7,
    };
    expect(softnetArguments(mac, choice)).toEqual([
      ...always,
      ...['--vm-net-type', 'host'],
      ...['--allow', '10.0.0.0/8,192.168.1.0/24'],
      ...['--block', '10.9.0.0/16'],
      ...['--expose', '2222:22,8080:80'],
      ...['--control-fd', '1'],
    ]);
  });
});

describe('Softnet’s process', () => {
  it('gets the frames as its descriptor 0, and ends with the machine', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tatin-softnet-'));
    const program = path.join(folder, 'softnet');
    const said = path.join(folder, 'said');
    const frames = path.join(folder, 'frames');
    writeFileSync(frames, 'a frame');
    // Does what matters here of the real one: reads descriptor 0, and goes on until it is interrupted.
    writeFileSync(
      program,
      `#!/bin/sh\ntrap 'echo interrupted >> ${said}; exit 0' INT\n(echo "$@"; cat) > ${said}.new; mv ${said}.new ${said}\nwhile :; do sleep 0.1; done\n`,
    );
    chmodSync(program, 0o755);
    const descriptor = openSync(frames, 'r');
    try {
      const softnet = await startSoftnet(mac, { hostOnly: true }, descriptor, program);
      await expect.poll(() => existsSync(said) && readFileSync(said, 'utf8'), { timeout: 60_000 }).toContain('a frame');
      await softnet[Symbol.asyncDispose]();
      await softnet.ended;
      expect(readFileSync(said, 'utf8')).toMatch(/--vm-net-type host\na frameinterrupted/);
    } finally {
      closeSync(descriptor);
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is missed by name', async () => {
    await expect(startSoftnet(mac, {}, 0, '/nowhere/softnet')).rejects.toMatchObject({ code: 'not-supported' });
  });
});

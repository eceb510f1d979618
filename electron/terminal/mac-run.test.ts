import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { type MacRun, macRunOf, shareScreen } from './mac-run.ts';
import { checkRunFlags, defineRunOptions, type RunFlags } from './run-options.ts';

/** What a whole command line asks for on a Mac. */
function asked(...words: string[]): MacRun {
  const command = new Command('run').exitOverride().configureOutput({ writeErr: () => undefined });
  defineRunOptions(command);
  command.parse(words, { from: 'user' });
  checkRunFlags(command, true);
  return macRunOf(command.opts<RunFlags>(), command.getOptionValueSource('graphics') === 'cli');
}

describe('Tart’s options of run on a Mac', () => {
  it('show a window and ask for nothing else where none is given', () => {
    expect(asked()).toEqual({
      options: { suspendable: false },
      window: { capturesSystemKeys: false },
      sharesScreen: false,
      isSuspendable: false,
    });
  });

  it.each<[string[], object]>([
    [['--no-graphics'], { window: undefined }],
    [['--graphics'], { window: { capturesSystemKeys: false } }],
    [['--vnc'], { window: undefined, sharesScreen: true }],
    [['--vnc', '--graphics'], { window: { capturesSystemKeys: false }, sharesScreen: true }],
    [['--capture-system-keys'], { window: { capturesSystemKeys: true } }],
    [['--suspendable'], { isSuspendable: true, options: { suspendable: true } }],
    [['--serial'], { options: { serial: 'terminal' } }],
    [['--serial-path', '/dev/ttys004'], { options: { serial: { path: '/dev/ttys004' } } }],
    [
      ['--no-audio', '--no-clipboard', '--no-trackpad'],
      { options: { audio: false, clipboard: false, trackpad: false } },
    ],
    [['--recovery'], { options: { recovery: true } }],
    [['--rosetta', 'rosetta'], { options: { rosetta: { tag: 'rosetta' } } }],
    [['--net-bridged', 'en0'], { options: { networks: [{ kind: 'bridged', interface: 'en0' }] } }],
    [['--net-host'], { options: { networks: [{ kind: 'softnet', hostOnly: true }] } }],
    [['--net-softnet'], { options: { networks: [{ kind: 'softnet' }] } }],
    [['--net-softnet-allow', '10.0.0.0/8'], { options: { networks: [{ allow: ['10.0.0.0/8'] }] } }],
    [['--net-softnet-block', '0.0.0.0/0'], { options: { networks: [{ block: ['0.0.0.0/0'] }] } }],
    [['--net-softnet-expose', '2222:22'], { options: { networks: [{ expose: [{ external: 2222, internal: 22 }] }] } }],
    [['--net-softnet-control-fd', '5'], { options: { networks: [{ controlDescriptor: 5 }] } }],
    [['--provisioning-opts', 'fullName=A,username=a,password=p'], { options: { provisioning: { username: 'a' } } }],
  ])('take %j for what it says', (words, expected) => {
    expect(asked(...words)).toMatchObject(expected);
  });

  it('refuse the private VNC server with a reason', () => {
    expect(() => asked('--vnc-experimental')).toThrow(expect.objectContaining({ code: 'not-supported' }));
  });
});

describe('shareScreen', () => {
  const never = new AbortController().signal;

  it('opens where the guest says that it is', async () => {
    const said: string[] = [];
    const opened: string[] = [];
    const agent = { address: () => Promise.resolve({ ip: '192.168.64.5', source: 'agent', at: '' }) };
    const window = {
      show: () => ({ [Symbol.dispose]: () => undefined }),
      openAddress: (address: string) => Promise.resolve(void opened.push(address)),
    };
    await shareScreen({ agent } as never, window, { note: (line) => said.push(line) }, never);
    expect(opened).toEqual(['vnc://192.168.64.5']);
    expect(said).toEqual(['Its Screen Sharing is vnc://192.168.64.5.']);
  });

  it('gives up with the machine', async () => {
    const agent = { address: () => Promise.reject(new Error('not yet')) };
    await expect(
      shareScreen({ agent } as never, undefined, { note: () => undefined }, AbortSignal.abort()),
    ).rejects.toMatchObject({ code: 'no-address' });
  });
});

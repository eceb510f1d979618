import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { projectRoot } from '../../host/paths.ts';
import { type TartRunFlags, screenSharingUrl, viewOf, vzOptionsOf } from './tart-options.ts';

function refusal(flags: TartRunFlags): AppError {
  try {
    vzOptionsOf(flags);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('Tart’s options of run', () => {
  it('ask for nothing where none is given, not even for suspending', () => {
    expect(vzOptionsOf({})).toEqual({ suspendable: false });
  });

  it.each<[string, TartRunFlags, object]>([
    ['--serial', { serial: true, serialPath: '/dev/ttys001' }, { serial: 'terminal' }],
    ['--serial-path', { serialPath: '/dev/ttys001' }, { serial: { path: '/dev/ttys001' } }],
    ['--no-audio', { audio: false }, { audio: false }],
    ['--no-clipboard', { clipboard: false }, { clipboard: false }],
    ['--recovery', { recovery: true }, { recovery: true }],
    ['--rosetta', { rosetta: 'rosetta' }, { rosetta: { tag: 'rosetta' } }],
    ['--suspendable', { suspendable: true }, { suspendable: true }],
    ['--no-trackpad', { trackpad: false }, { trackpad: false }],
    [
      '--net-bridged',
      { netBridged: ['en0', 'en1'] },
      {
        networks: [
          { kind: 'bridged', interface: 'en0' },
          { kind: 'bridged', interface: 'en1' },
        ],
      },
    ],
    ['--net-host', { netHost: true }, { networks: [{ kind: 'softnet', hostOnly: true }] }],
    ['--net-softnet', { netSoftnet: true }, { networks: [{ kind: 'softnet', allow: [], block: [], expose: [] }] }],
    [
      '--net-softnet-allow',
      { netSoftnetAllow: '10.0.0.0/8, 1.2.3.4/32' },
      { networks: [{ kind: 'softnet', allow: ['10.0.0.0/8', '1.2.3.4/32'] }] },
    ],
    [
      '--net-softnet-block',
      { netSoftnetBlock: '0.0.0.0/0' },
      { networks: [{ kind: 'softnet', block: ['0.0.0.0/0'] }] },
    ],
    [
      '--net-softnet-expose',
      { netSoftnetExpose: '2222:22,80:80' },
      {
        networks: [
          {
            expose: [
              { external: 2222, internal: 22 },
              { external: 80, internal: 80 },
            ],
          },
        ],
      },
    ],
    ['--net-softnet-control-fd', { netSoftnetControlFd: 5 }, { networks: [{ kind: 'softnet', controlDescriptor: 5 }] }],
  ])('%s is taken for what it is', (_option, flags, expected) => {
    expect(vzOptionsOf(flags)).toMatchObject(expected);
  });

  it('--provisioning-opts names the first account', () => {
    const provisioningOpts = 'fullName=A B,username=ab,password=p=w,logsInAutomatically=true';
    expect(vzOptionsOf({ provisioningOpts }).provisioning).toEqual({
      fullName: 'A B',
      username: 'ab',
      password: 'p=w',
      logsInAutomatically: true,
      enablesRemoteLogin: false,
    });
  });

  it.each<[string, TartRunFlags]>([
    ['an unknown key of the account', { provisioningOpts: 'shell=zsh' }],
    ['an account without a password', { provisioningOpts: 'fullName=A,username=a' }],
    ['half a truth', { provisioningOpts: 'fullName=A,username=a,password=p,logsInAutomatically=maybe' }],
    ['ports that are none', { netSoftnetExpose: '0:22' }],
    ['two networks at once', { netBridged: ['en0'], netHost: true }],
  ])('are refused with %s', (_what, flags) => {
    expect(refusal(flags).code).toBe('invalid-input');
  });

  it('refuse the private VNC server', () => {
    expect(refusal({ vncExperimental: true }).code).toBe('not-supported');
  });
});

describe('The view of a machine', () => {
  const plan = { label: 'web', display: { kind: 'virtio', width: 1024, height: 768 }, displayRefit: true } as const;

  it('is as large as the display, and takes system keys only when asked to', () => {
    expect(viewOf(plan, {})).toEqual({
      title: 'web',
      frame: { x: 0, y: 0, width: 1024, height: 768 },
      capturesSystemKeys: false,
      reconfiguresDisplay: true,
    });
    expect(viewOf(plan, { captureSystemKeys: true })).toMatchObject({ capturesSystemKeys: true });
  });

  it('is not there with --no-graphics', () => {
    expect(viewOf(plan, { graphics: false })).toBeUndefined();
  });
});

describe('The guest’s own Screen Sharing', () => {
  it('is found when the guest has an address', async () => {
    let asked = 0;
    const address = () => {
      asked += 1;
      return asked < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve({ ip: '192.168.64.5' });
    };
    const pause = () => Promise.resolve();
    expect(await screenSharingUrl(address, new AbortController().signal, pause)).toBe('vnc://192.168.64.5');
    await expect(screenSharingUrl(address, AbortSignal.abort(), pause)).rejects.toMatchObject({ code: 'no-address' });
  });
});

/** Every option of Tart's three commands that make, run and change a machine. */
const tartOptions = {
  create: ['--from-ipsw', '--linux', '--disk-size', '--disk-format'],
  run: [
    ...['--no-graphics', '--graphics', '--serial', '--serial-path', '--no-audio', '--no-clipboard', '--recovery'],
    ...['--vnc', '--vnc-experimental', '--disk', '--rosetta', '--dir', '--nested', '--net-bridged', '--net-softnet'],
    ...['--net-softnet-allow', '--net-softnet-block', '--net-softnet-expose', '--net-softnet-control-fd', '--net-host'],
    ...['--root-disk-opts', '--suspendable', '--capture-system-keys', '--no-trackpad', '--no-pointer', '--no-keyboard'],
    '--provisioning-opts',
  ],
  set: [
    ...[
      '--cpu',
      '--memory',
      '--display',
      '--display-refit',
      '--random-mac',
      '--random-serial',
      '--disk',
      '--disk-size',
    ],
  ],
};

interface Row {
  command: string;
  option: string;
  field: string;
  call: string;
  test: string;
}

const root = projectRoot();
const source = (file: string) => readFileSync(path.join(root, file), 'utf8');

function rows(): Row[] {
  return source('docs/tart-options.md')
    .split('\n')
    .filter((line) => /^\|\s*(create|run|set)\s*\|/.test(line))
    .map((line) => {
      const [command = '', option = '', field = '', call = '', test = ''] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return { command, option, field, call, test };
    });
}

const inTicks = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

/** Everything of the product that may call the addon. */
const callers = readdirSync(path.join(root, 'electron'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\/|vz\/addon\.ts$/.test(file))
  .map((file) => source(path.join('electron', file)))
  .join('\n');
const isCalled = (name: string) => new RegExp(`(native|addon|#\\w+)\\??\\.${name}\\(`).test(callers);

describe('The addon', () => {
  it('has no function that nothing calls', () => {
    const functions = [
      ...source('electron/hypervisor/vz/addon.ts').matchAll(/^ {2}(?:readonly )?(\w+)(?:\(|: new )/gm),
    ];
    const names = functions.map(([, name = '']) => name);
    expect(names).toContain('installRosetta');
    expect(names).toContain('Machine');
    expect(names.filter((name) => !isCalled(name))).toEqual([]);
    const defined = [
      ...(source('native/vz/addon.mm') + source('native/vz/machine-object.mm')).matchAll(/(?:Set\(|>\()"(\w+)"/g),
    ];
    expect(defined.map(([, name = '']) => name).toSorted()).toEqual(names.toSorted());
  });
});

describe('The table of Tart’s options', () => {
  const table = rows();

  it('has a row for each, in no other order and no other', () => {
    const listed = table.map(({ command, option }) => [command, inTicks(option)[0]]);
    const wanted = Object.entries(tartOptions).flatMap(([command, options]) =>
      options.map((option) => [command, option]),
    );
    expect(listed).toEqual(wanted);
  });

  it.each(table)('has nothing empty for $command $option, and names what exists', ({ field, call, test }) => {
    const types = ['document.ts', 'planned.ts'].map((file) => source(`electron/hypervisor/vz/${file}`)).join('\n');
    const fields = inTicks(field);
    expect(fields).not.toEqual([]);
    for (const name of fields)
      for (const part of name.split('.')) expect(types).toMatch(new RegExp(`\\b${part}\\??:|'${part}'`));
    const calls = inTicks(call);
    expect(calls).not.toEqual([]);
    for (const name of calls) {
      expect(source('electron/hypervisor/vz/addon.ts')).toMatch(new RegExp(`\\b${name}[(:]`));
      expect(source('native/vz/addon.mm') + source('native/vz/machine-object.mm')).toContain(`"${name}"`);
      expect(isCalled(name), name).toBe(true);
    }
    const [file = '', title = ''] = inTicks(test);
    expect(source(file)).toContain(`('${title}',`);
  });
});

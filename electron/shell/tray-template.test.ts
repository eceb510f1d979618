import { describe, expect, it, vi } from 'vitest';
import type { MachineCommand } from './machine-actions.ts';
import type { MachineState, MachineVm } from '../contract/machine.ts';
import { choose, outline, submenuOf } from './testing/electron-stand-in.ts';
import { address, job, machine, since, states } from './testing/fixtures.ts';
import { trayTemplate, type TrayContext } from './tray-template.ts';

const build = (context: Partial<TrayContext>) =>
  trayTemplate({
    vms: [],
    jobs: [],
    run: () => {},
    newMachine: () => {},
    openLibrary: () => {},
    openJobs: () => {},
    quit: () => {},
    ...context,
  });

const verbsIn = (state: MachineState, more: Partial<MachineVm> = {}): string[] => {
  const [, item] = build({ vms: [machine('a', state, more)] });
  const shown = state.phase === 'stopped' ? submenuOf(item)[0] : item;
  return outline(submenuOf(shown));
};

describe('trayTemplate', () => {
  it('shows what would steer the menu as its escape, and acts on the machine itself', () => {
    const name = 'a\u202Egnp\n\u001b[2J&b';
    const chosen: string[] = [];
    const vm = machine(name, states.running);
    const template = build({
      vms: [vm, machine('unfit', states.stopped, { notRunnable: 'No \u001b[31m here' })],
      jobs: [job(`Making ${name}`, 'running')],
      run: (_, { id }) => chosen.push(id),
    });
    const labels = outline(template);
    for (const label of labels) expect(label).not.toMatch(/(?! )[\p{Cc}\u202E]/u);
    expect(labels.join('|')).toContain(String.raw`a\u202egnp\n\u001b[2J&&b · Running`);
    expect(labels.join('|')).toContain(String.raw`Making a\u202egnp\n\u001b[2J&&b · running`);
    submenuOf(template[1])[0]?.click?.({} as never, undefined, {});
    expect(chosen).toEqual([vm.id]);
  });

  it('lists machines by state with their address or word, then jobs, then the way to the library', () => {
    const template = build({
      now: new Date(Date.parse(since) + 6400),
      vms: [
        machine('debian-old'),
        machine('demo', states.starting),
        machine('xcode-26', states.failed),
        machine('debian-build', states.suspended),
        machine('fedora-desktop', states.paused),
        machine('ubuntu-runner', states.running, address('192.168.64.15')),
        machine('sequoia-ci', states.running, address('192.168.64.12')),
        machine('postgres-test', states.running),
      ],
      jobs: [
        job('Pulling sequoia-xcode', 'running', { fraction: 0.639, secondsLeft: 62 }),
        job('Pushing debian-build', 'paused'),
        job('Making demo', 'succeeded'),
      ],
    });
    expect(outline(template).filter((line) => !line.startsWith(' '))).toEqual([
      '(3 running, 1 paused, 1 suspended)',
      'postgres-test · Running',
      'sequoia-ci · 192.168.64.12',
      'ubuntu-runner · 192.168.64.15',
      'fedora-desktop · Paused',
      'debian-build · Suspended',
      'demo · Starting, 6 s',
      'xcode-26 · Disk full',
      'Stopped · 1',
      '-',
      '(Jobs)',
      'Pulling sequoia-xcode · 63 %, 1 min left',
      'Pushing debian-build · paused',
      '-',
      'New Virtual Machine…',
      'Open Library',
      '-',
      'Quit Tatin…',
    ]);
  });

  it('is short and true when there is nothing', () => {
    expect(outline(build({}))).toEqual([
      '(No virtual machine is running)',
      '-',
      'New Virtual Machine…',
      'Open Library',
      '-',
      'Quit Tatin…',
    ]);
  });

  it('opens the verbs that the state allows, and no others', () => {
    expect(verbsIn(states.running, address('10.0.2.15'))).toEqual([
      'Open Console',
      '-',
      'Pause',
      'Suspend',
      'Shut Down',
      'Force Stop…',
      '-',
      'Copy Address',
    ]);
    expect(verbsIn(states.paused)).toEqual(['Resume', 'Open Console', '-', 'Suspend', 'Force Stop…']);
    expect(verbsIn(states.stopped)).toEqual(['Start']);
    expect(verbsIn(states.suspended)).toEqual(['Start']);
    expect(verbsIn(states.starting)).toEqual(['Open Console', '-', 'Force Stop…']);
    expect(verbsIn({ ...states.running, owner: 'elsewhere' })).toEqual(['Suspend', 'Shut Down', 'Force Stop…']);
  });

  it('says why nothing can be done with a machine', () => {
    expect(verbsIn(states.stopped, { notRunnable: 'macOS runs on a Mac only.' })).toEqual([
      '(macOS runs on a Mac only.)',
    ]);
  });

  it('hands over the command and the machine', () => {
    const run = vi.fn<(command: MachineCommand, vm: MachineVm) => void>();
    const vm = machine('a', states.running);
    choose(build({ vms: [vm], run }), 'a', 'Suspend');
    expect(run).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: 'machine.suspend' }), vm);
  });

  it('keeps a long list of stopped machines short, the ones used last first', () => {
    const vms = Array.from({ length: 30 }, (_, index) =>
      machine(`vm-${index}`, states.stopped, { accessedAt: new Date(Date.parse(since) + index).toISOString() }),
    );
    const openLibrary = vi.fn<() => void>();
    const template = build({ vms, openLibrary });
    const stopped = submenuOf(template.find((item) => item.label?.startsWith('Stopped')));
    const names = stopped.map((item) => item.label).filter((label) => label?.startsWith('vm-'));
    expect(names).toEqual(Array.from({ length: 20 }, (_, index) => `vm-${index + 10}`));
    choose(template, 'Stopped', '10 More in Library');
    expect(openLibrary).toHaveBeenCalledOnce();
  });

  it('shows the picture of each state where menus have pictures', () => {
    const template = build({ vms: [machine('a', states.paused)], glyph: (glyph) => `${glyph}.png` });
    expect(template[1]?.icon).toBe('paused.png');
    expect(build({ vms: [machine('a', states.paused)] })[1]?.icon).toBeUndefined();
  });

  it('shows a name as it is, whatever marks menus know', () => {
    expect(build({ vms: [machine('r&d', states.paused)] })[1]?.label).toBe('r&&d · Paused');
  });

  it('leaves unreadable machines to the library', () => {
    const { id, name, folder, allocatedBytes, accessedAt } = machine('broken');
    const vm = { kind: 'unreadable', id, name, folder, allocatedBytes, accessedAt, reason: 'No.' } as const;
    expect(outline(build({ vms: [vm] })).join()).not.toContain('broken');
  });
});

import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it, vi } from 'vitest';
import { badgeText, dockMenuTemplate, dockProgress, followWork, keepsAwake, type WorkPlaces } from './dock.ts';
import { Status } from './status.ts';
import { choose, menuStandIn, outline } from './testing/electron-stand-in.ts';
import { address, job, machine, states, TestBackend } from './testing/fixtures.ts';

describe('badgeText', () => {
  it('counts failed jobs and nothing else', () => {
    expect(badgeText([job('a', 'failed'), job('b', 'failed'), job('c', 'running')])).toBe('2');
    expect(badgeText([job('c', 'running'), job('d', 'succeeded')])).toBe('');
  });
});

describe('dockMenuTemplate', () => {
  it('shows what would steer the menu as its escape', () => {
    const vms = [machine('a\u202Egnp\n\u001b[2J', states.running)];
    const [item] = dockMenuTemplate(vms, { openConsole: () => undefined, newMachine: () => undefined });
    expect(item?.label).toBe(String.raw`a\u202egnp\n\u001b[2J · Running`);
  });
});

describe('dockProgress', () => {
  it('is that of the job with most time left', () => {
    const jobs = [
      job('short', 'running', { fraction: 0.1, secondsLeft: 5 }),
      job('long', 'running', { fraction: 0.6, secondsLeft: 90 }),
      job('paused', 'paused', { fraction: 0.2, secondsLeft: 900 }),
    ];
    expect(dockProgress(jobs)).toBe(0.6);
  });

  it('shows no bar without a running job, and one without an end while nothing is known', () => {
    expect(dockProgress([job('a', 'succeeded', { fraction: 1 })])).toBe(-1);
    expect(dockProgress([job('a', 'running')])).toBeGreaterThan(1);
  });
});

describe('keepsAwake', () => {
  it('does while a job runs', () => {
    expect(keepsAwake([job('a', 'running')], [])).toBe(true);
    expect(keepsAwake([job('a', 'paused'), job('b', 'failed')], [])).toBe(false);
  });

  it('does while a guest’s memory goes to disk, and not while it merely runs', () => {
    expect(keepsAwake([], [machine('a', states.saving)])).toBe(true);
    expect(keepsAwake([], [machine('a', states.restoring)])).toBe(true);
    expect(keepsAwake([], [machine('a', states.running), machine('b', states.suspended)])).toBe(false);
  });
});

describe('followWork', () => {
  it('keeps badge, bar, menu and power in step, and lets the computer sleep at the end', async () => {
    const backend = new TestBackend([machine('a', states.running, address('10.0.2.15'))]);
    using status = await Status.open(backend, new AbortController().signal);
    const log: unknown[] = [];
    const menus: MenuItemConstructorOptions[][] = [];
    const openConsole = vi.fn<WorkPlaces['openConsole']>();
    const following = followWork(status, {
      dock: { setBadge: (text) => log.push(`badge ${text}`), setMenu: () => {} },
      powerSaveBlocker: {
        start: (type) => {
          log.push(type);
          return 42;
        },
        stop: (id) => {
          log.push(`stop ${id}`);
          return true;
        },
      },
      menu: (template) => {
        menus.push(template);
        return menuStandIn(template);
      },
      progressWindow: () => ({ setProgressBar: (progress) => log.push(progress) }),
      openConsole,
      newMachine: () => {},
    });
    expect(menus.map((menu) => outline(menu))).toEqual([['a · 10.0.2.15', '-', 'New Virtual Machine…']]);
    choose(menus[0] ?? [], 'a');
    expect(openConsole).toHaveBeenCalledOnce();

    backend.change(job('Making b', 'running', { fraction: 0.5 }));
    backend.change(job('Making b', 'running', { fraction: 0.75 }));
    backend.change(job('Making b', 'failed'));
    expect(log).toEqual([-1, 'prevent-app-suspension', 0.5, 0.75, 'stop 42', -1, 'badge 1']);
    expect(menus).toHaveLength(1);

    backend.enter('local:a', states.stopped);
    expect(menus.map((menu) => outline(menu)).at(-1)).toEqual(['New Virtual Machine…']);

    backend.change(job('Making c', 'running'));
    following[Symbol.dispose]();
    expect(log.at(-1)).toBe('stop 42');
  });
});

import { describe, expect, it, vi } from 'vitest';
import type { Question } from './quit.ts';
import { checkedFeed, type UpdateActions, type Updater, Updates } from './updates.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

const feed = 'https://example.com/tatin/';

function scene({
  newer,
  answers = [],
  more = {},
}: {
  newer?: string;
  answers?: string[];
  more?: Partial<UpdateActions>;
}) {
  const log: string[] = [];
  const updater: Updater = {
    autoDownload: true,
    autoInstallOnAppQuit: false,
    setFeedURL: ({ url }) => log.push(`feed ${url}`),
    checkForUpdates: () =>
      Promise.resolve({ isUpdateAvailable: newer !== undefined, updateInfo: { version: newer ?? '1.0.0' } }),
    downloadUpdate: () => {
      log.push('download');
      return Promise.resolve([]);
    },
  };
  const updates = new Updates({
    version: '1.0.0',
    isInstalled: true,
    feed: () => feed,
    load: () => {
      log.push('load');
      return Promise.resolve(updater);
    },
    ask: <Choice extends string>({ message, answers: all }: Question<Choice>) => {
      log.push(message);
      const label = answers.shift() ?? all.at(-1)?.label;
      const answer = all.find((candidate) => candidate.label === label);
      if (answer === undefined) throw new Error(`Nobody can answer ${message} with ${label ?? 'nothing'}.`);
      return Promise.resolve(answer.choice);
    },
    tell: (error) => Promise.resolve(void log.push(error.message)),
    quit: () => log.push('quit'),
    ...more,
  });
  return { log, updater, updates };
}

describe('Updates', () => {
  it('load nothing and look nowhere where no feed is set, and say so when asked', async () => {
    const { log, updates } = scene({ more: { feed: () => undefined } });
    updates.start();
    expect(log).toEqual([]);
    await updates.look();
    expect(log).toEqual([expect.stringContaining('no address is set')]);
  });

  it('leave a checkout alone', async () => {
    const { log, updates } = scene({ newer: '2.0.0', more: { isInstalled: false } });
    updates.start();
    await updates.look();
    expect(log).toEqual([expect.stringContaining('from its source')]);
  });

  it('fetch what is newer only when told to, and install it when the app ends', async () => {
    const { log, updates, updater } = scene({ newer: '2.0.0', answers: ['Download', 'Quit and Install'] });
    await updates.look();
    expect(log).toEqual([
      'load',
      `feed ${feed}`,
      'Tatin 2.0.0 is available',
      'download',
      'Tatin 2.0.0 is ready',
      'quit',
    ]);
    expect([updater.autoDownload, updater.autoInstallOnAppQuit]).toEqual([false, true]);
    expect(updates.state).toEqual({ kind: 'ready', version: '2.0.0' });
    await updates.look();
    expect(log.at(-1)).toBe('Tatin 2.0.0 is ready');
  });

  it('wait for another day', async () => {
    const { log, updates } = scene({ newer: '2.0.0', answers: ['Later'] });
    await updates.look();
    expect(log).not.toContain('download');
    expect(updates.state).toEqual({ kind: 'idle' });
  });

  it('say that there is nothing newer to who asks, and to nobody else', async () => {
    const { log, updates } = scene({});
    updates.start();
    await vi.waitFor(() => expect(log).toContain(`feed ${feed}`), patience);
    await vi.waitFor(() => expect(updates.state.kind).toBe('idle'), patience);
    expect(log).not.toContain('Tatin is up to date');
    await updates.look();
    expect(log.at(-1)).toBe('Tatin is up to date');
    updates[Symbol.dispose]();
  });

  it('say what went wrong, and can be tried again', async () => {
    const { log, updates, updater } = scene({ newer: '2.0.0', answers: ['Download', 'Download', 'Later'] });
    const download = vi.spyOn(updater, 'downloadUpdate').mockRejectedValueOnce(new Error('socket hang up'));
    await updates.look();
    expect(log.at(-1)).toBe('The new version could not be had.');
    await updates.look();
    expect(download).toHaveBeenCalledTimes(2);
    expect(updates.state.kind).toBe('ready');
  });
});

describe('checkedFeed', () => {
  it.each(['https://example.com/a', 'http://127.0.0.1:8000/', 'http://localhost/x'])('takes %s', (text) => {
    expect(checkedFeed(text)).toBe(text);
  });
  it.each(['http://example.com/', 'file:///tmp', 'nonsense', ''])('refuses %j', (text) => {
    expect(() => checkedFeed(text)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });
});

import { describe, expect, it } from 'vitest';
import { openView } from './view-store.ts';

function memory(kept?: string): Pick<Storage, 'getItem' | 'setItem'> & { kept: string | undefined } {
  const storage = {
    kept,
    getItem: () => storage.kept ?? null,
    setItem: (_key: string, text: string) => {
      storage.kept = text;
    },
  };
  return storage;
}

describe('openView', () => {
  it('opens as it was left', () => {
    const storage = memory();
    openView(storage).setState({ view: 'list', sort: 'size', descending: true, inspector: false, sidebar: false });
    expect(openView(storage).getState()).toMatchObject({
      view: 'list',
      sort: 'size',
      descending: true,
      inspector: false,
      sidebar: false,
    });
  });

  it('forgets what was chosen and what was searched', () => {
    const storage = memory();
    openView(storage).setState({ query: 'web', selection: new Set(['a']), overlay: { kind: 'jobs' } });
    expect(openView(storage).getState()).toMatchObject({ query: '', selection: new Set(), overlay: undefined });
  });

  it.each(['', 'not json', '[]', 'null', '{"view":"spiral","sort":7,"inspector":"yes"}'])(
    'opens as new where “%s” was kept',
    (kept) => {
      expect(openView(memory(kept)).getState()).toEqual(openView(memory()).getState());
    },
  );

  it('works where nothing can be kept', () => {
    const view = openView({
      getItem: () => {
        throw new Error('forbidden');
      },
      setItem: () => {
        throw new Error('full');
      },
    });
    view.setState({ view: 'list' });
    expect(view.getState().view).toBe('list');
  });
});

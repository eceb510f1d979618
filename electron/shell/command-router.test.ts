import { describe, expect, it } from 'vitest';
import type { CommandId } from '../contract/commands/commands.ts';
import { CommandRouter, type CommandWindow } from './command-router.ts';

function page(kind: CommandWindow['kind']) {
  const got: CommandId[] = [];
  let full = false;
  const window: CommandWindow = {
    kind,
    send: (id) => got.push(id),
    isFullScreen: () => full,
    setFullScreen: (on) => {
      full = on;
    },
  };
  return { window, got };
}

function scene(focus: 'library' | 'console' | undefined) {
  const library = page('library');
  const console = page('console');
  const opened: string[] = [];
  const router = new CommandRouter({
    focused: () => (focus === undefined ? undefined : { library, console }[focus].window),
    library: () => {
      opened.push('library');
      return library.window;
    },
    settings: () => opened.push('settings'),
  });
  return { router, library, console, opened };
}

describe('CommandRouter', () => {
  it('brings a command to the page in front that offers it', () => {
    const { router, console, library } = scene('console');
    router.listen(console.window);
    router.enable(console.window, ['machine.pause']);
    router.run('machine.pause');
    expect(console.got).toEqual(['machine.pause']);
    expect(library.got).toEqual([]);
  });

  it('brings a command of the whole app to the library when the page in front does not know it', () => {
    const { router, console, library, opened } = scene('console');
    router.listen(library.window);
    router.enable(console.window, ['machine.pause']);
    router.run('file.new');
    expect(opened).toEqual(['library']);
    expect(library.got).toEqual(['file.new']);
  });

  it('keeps a command for a page that is still loading, and hands it over once', () => {
    const { router, library } = scene(undefined);
    router.run('window.jobs');
    expect(library.got).toEqual([]);
    router.listen(library.window);
    router.listen(library.window);
    expect(library.got).toEqual(['window.jobs']);
  });

  it('waits again for a page that loads anew', () => {
    const { router, library } = scene('library');
    router.listen(library.window);
    router.enable(library.window, ['edit.find']);
    router.reset(library.window);
    expect(router.enabled()).not.toContain('edit.find');
    router.run('file.new');
    expect(library.got).toEqual([]);
    router.listen(library.window);
    expect(library.got).toEqual(['file.new']);
  });

  it('drops a command on machines that no page in front offers', () => {
    const { router, library, console, opened } = scene('console');
    router.listen(console.window);
    router.run('machine.delete');
    expect([library.got, console.got, opened]).toEqual([[], [], []]);
  });

  it('opens the library itself', () => {
    const { router, opened, library } = scene(undefined);
    router.run('window.library');
    expect(opened).toEqual(['library']);
    expect(library.got).toEqual([]);
  });

  it('opens the settings from any window, whatever its page knows', () => {
    const { router, opened, console, library } = scene('console');
    router.enable(console.window, ['app.settings']);
    expect(router.enabled()).toContain('app.settings');
    router.run('app.settings');
    expect(opened).toEqual(['settings']);
    expect([console.got, library.got]).toEqual([[], []]);
  });

  it('takes a window to full screen and back where its page does not', () => {
    const { router, library } = scene('library');
    router.run('view.fullScreen');
    expect(library.window.isFullScreen()).toBe(true);
    router.run('view.fullScreen');
    expect(library.window.isFullScreen()).toBe(false);
  });

  it('offers without any window only what can open one', () => {
    const { router } = scene(undefined);
    expect([...router.enabled()].sort()).toEqual([
      'app.settings',
      'file.import',
      'file.new',
      'file.newDemo',
      'help.keys',
      'window.jobs',
      'window.library',
    ]);
  });

  it('takes a page that can release the keyboard for one that has it', () => {
    const { router, console } = scene('console');
    expect(router.captures(console.window)).toBe(false);
    router.enable(console.window, ['console.release']);
    expect(router.captures(console.window)).toBe(true);
  });
});

import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listening, standIn } from './testing/electron-stand-in.ts';
import { guardNavigation, guardPermissions, mayHave } from './web-rules.ts';

describe('guardNavigation', () => {
  function scene() {
    const events = new EventEmitter();
    let opens = '';
    guardNavigation(
      standIn<Electron.WebContents>('WebContents', {
        ...listening(events),
        setWindowOpenHandler: (handler) => {
          opens = handler(standIn<Electron.HandlerDetails>('details', {})).action;
        },
      }),
    );
    const refused = (event: string, details: object): boolean => {
      let prevented = false;
      events.emit(event, { ...details, preventDefault: () => (prevented = true) });
      return prevented;
    };
    return { refused, opens: () => opens };
  }

  it('lets a page go to our own pages only', () => {
    const { refused } = scene();
    expect(refused('will-navigate', { url: 'app://tatin/index.html' })).toBe(false);
    expect(refused('will-navigate', { url: 'https://example.com/' })).toBe(true);
    expect(refused('will-redirect', { url: 'file:///etc/passwd' })).toBe(true);
  });

  it('fills no frame, opens no window and holds no web view', () => {
    const { refused, opens } = scene();
    expect(refused('will-frame-navigate', { isMainFrame: false, url: 'app://tatin/index.html' })).toBe(true);
    expect(refused('will-frame-navigate', { isMainFrame: true, url: 'app://tatin/index.html' })).toBe(false);
    expect(refused('will-attach-webview', {})).toBe(true);
    expect(opens()).toBe('deny');
  });
});

describe('guardPermissions', () => {
  it('grants the clipboard and the whole screen to our own pages, and nothing else to anyone', () => {
    let check: Parameters<Electron.Session['setPermissionCheckHandler']>[0] = null;
    let request: Parameters<Electron.Session['setPermissionRequestHandler']>[0] = null;
    guardPermissions({
      setPermissionCheckHandler: (handler) => (check = handler),
      setPermissionRequestHandler: (handler) => (request = handler),
    });
    const checked = check as unknown as (contents: null, permission: string, origin: string) => boolean;
    expect(checked(null, 'clipboard-read', 'app://tatin/')).toBe(true);
    expect(checked(null, 'media', 'app://tatin/')).toBe(false);
    const answers: boolean[] = [];
    const ask = request as unknown as (
      contents: null,
      permission: string,
      answer: (granted: boolean) => void,
      details: { requestingUrl: string },
    ) => void;
    ask(null, 'fullscreen', (granted) => answers.push(granted), { requestingUrl: 'app://tatin/console.html' });
    ask(null, 'fullscreen', (granted) => answers.push(granted), { requestingUrl: 'https://example.com/' });
    ask(null, 'geolocation', (granted) => answers.push(granted), { requestingUrl: 'app://tatin/console.html' });
    expect(answers).toEqual([true, false, false]);
  });

  it('grants nothing to an address that is none', () => {
    expect(mayHave('clipboard-read', '')).toBe(false);
  });
});

import type { VmId } from '../../electron/contract/machine.ts';
import type { Shell } from '../../electron/contract/shell.ts';
import { browserSessions } from './browser-sessions.ts';

declare global {
  interface Window {
    /** There in the desktop app only, by its preload script. */
    readonly tatinShell?: Shell;
  }
}

/** What stands around this page: the desktop app's window, or a browser doing what it can. */
export function shell(): Shell {
  return window.tatinShell ?? browserShell;
}

const browserShell: Shell = {
  kind: 'browser',
  platform: platformOf(navigator.userAgent),
  openConsole: (id) => {
    window.open(new URL(`console.html?${new URLSearchParams({ vm: id })}`, document.baseURI), consoleWindowName(id));
  },
  openLibrary: () => {
    // The console's opener is the library, where it is still there.
    const library = window.opener instanceof Window && !window.opener.closed ? window.opener : undefined;
    if (library === undefined) window.open(new URL('.', document.baseURI), 'tatin-library');
    else library.focus();
  },
  sessions: browserSessions,
  onCommand: () => () => undefined,
  setEnabledCommands: () => undefined,
  setFullScreen: (on) => {
    const change = on ? document.documentElement.requestFullscreen() : document.exitFullscreen();
    // Refused without a click or key just before; the page stays as it is.
    change.catch(() => undefined);
  },
};

/** One window a machine: opening its console again comes back to the one that is open. */
function consoleWindowName(id: VmId): string {
  return `tatin-console-${id}`;
}

function platformOf(userAgent: string): Shell['platform'] {
  if (/Macintosh|Mac OS X/.test(userAgent)) return 'darwin';
  return userAgent.includes('Linux') ? 'linux' : 'other';
}

import { release } from 'node:os';
import type { BrowserWindowConstructorOptions, Rectangle } from 'electron';
import type { Vm } from '../contract/machine.ts';
import { toolbarHeight, type Size } from './window-bounds.ts';

/** Below the guest's screen in a console window stands the status bar. */
const statusBarHeight = 28;

export const librarySize: Size = { width: 1280, height: 820 };
export const libraryMin: Size = { width: 860, height: 560 };
export const settingsSize: Size = { width: 760, height: 600 };
export const settingsMin: Size = { width: 560, height: 400 };
export const consoleMin: Size = { width: 640, height: 480 };

/** A console as large as the guest's screen with its bars; for an unreadable VM the least there is. */
export function consoleSize(vm: Vm | undefined): Size {
  if (vm?.kind !== 'machine') return consoleMin;
  return { width: vm.display.width, height: vm.display.height + toolbarHeight + statusBarHeight };
}

/** What the look of a window depends on. */
export interface WindowLook {
  platform: NodeJS.Platform;
  dark: boolean;
  title: string;
  bounds: Rectangle;
  min: Size;
  /** Path of the preload script. */
  preload: string;
  /** Path of the icon, for systems that want one with each window. */
  icon: string;
}

/**
 * A window of ours: hidden until its page is drawn, the page sandboxed, isolated and without Node, the toolbar in place of
 * a title bar on a Mac.
 */
export function windowOptions(look: WindowLook): BrowserWindowConstructorOptions {
  return {
    ...look.bounds,
    minWidth: look.min.width,
    minHeight: look.min.height,
    title: look.title,
    show: false,
    // The window's ground in both looks (`--surface-window`), so that nothing flashes before the page is drawn.
    backgroundColor: look.dark ? '#1d1c1b' : '#ffffff',
    ...(look.platform === 'darwin'
      ? { titleBarStyle: 'hiddenInset', trafficLightPosition: trafficLights(release()) }
      : { icon: look.icon }),
    webPreferences: {
      preload: look.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      // It would fetch dictionaries, and what is typed here is names and commands.
      spellcheck: false,
    },
  };
}

/**
 * Where the window's buttons stand: first at 20 points, centred in the toolbar. Their height is 16 points, and 14 from
 * macOS 26 (Darwin 25) on.
 */
function trafficLights(darwinRelease: string): { x: number; y: number } {
  const buttonHeight = Number.parseInt(darwinRelease, 10) >= 25 ? 14 : 16;
  return { x: 20, y: (toolbarHeight - buttonHeight) / 2 };
}

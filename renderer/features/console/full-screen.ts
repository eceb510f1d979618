import { useSyncExternalStore } from 'react';
import { shell } from '../../client/shell.ts';

/** https://wicg.github.io/keyboard-lock/, where there is one: keys such as Alt-Tab reach the page in full screen. */
interface LockingNavigator {
  readonly keyboard?: { lock?(): Promise<void>; unlock?(): void };
}

const displayMode = '(display-mode: fullscreen)';

function isFullScreen(): boolean {
  return document.fullscreenElement !== null || window.matchMedia(displayMode).matches;
}

function onChange(listener: () => void): () => void {
  const mode = window.matchMedia(displayMode);
  document.addEventListener('fullscreenchange', listener);
  mode.addEventListener('change', listener);
  return () => {
    document.removeEventListener('fullscreenchange', listener);
    mode.removeEventListener('change', listener);
  };
}

/** Whether the window fills the screen, no matter who made it so. */
export function useFullScreen(): boolean {
  return useSyncExternalStore(onChange, isFullScreen);
}

/** Fills the screen or stops to. Asks for the system's own keys meanwhile; a browser that has no such thing keeps them. */
export function setFullScreen(on: boolean): void {
  const { keyboard } = navigator as LockingNavigator;
  shell().setFullScreen(on);
  if (on) void keyboard?.lock?.().catch(() => undefined);
  else keyboard?.unlock?.();
}

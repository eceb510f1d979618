import { useEffect, useRef } from 'react';
import { type Command, type CommandId, commandById } from '../../../electron/contract/commands/commands.ts';
import { acceleratorOf, isPressed, type KeyPress, parseAccelerator } from '../../commands/accelerator.ts';
import { shell } from '../../client/shell.ts';

/** Whether the event is the key of that command here. */
export function isKeyOf(id: CommandId, event: KeyPress): boolean {
  const command: Command = commandById(id);
  const text = acceleratorOf(command, shell());
  return text !== undefined && isPressed(parseAccelerator(text, shell().platform), event);
}

/**
 * Runs commands that come from keys and from the menus around the page, and tells the menus which ones they may offer.
 * While the guest has the keyboard, no key comes here.
 * @param enabled those that can be run now
 */
export function useConsoleKeys(enabled: readonly CommandId[], run: (id: CommandId) => void): void {
  const latest = useRef({ enabled, run });
  useEffect(() => {
    latest.current = { enabled, run };
  });
  const names = enabled.join(' ');
  useEffect(() => {
    shell().setEnabledCommands(latest.current.enabled);
  }, [names]);
  useEffect(() => shell().onCommand((id) => latest.current.run(id)), []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      if (event.key === 'F6') {
        focusNextRegion(event.shiftKey ? -1 : 1);
        event.preventDefault();
        return;
      }
      const id = latest.current.enabled.find((candidate) => isKeyOf(candidate, event));
      if (id === undefined) return;
      event.preventDefault();
      latest.current.run(id);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

const focusable = 'button:not(:disabled), input, textarea, [tabindex="0"]';

/** Round the parts of the window that are marked `data-region`, to the first thing in each that takes the focus. */
function focusNextRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(
    (region) => region.querySelector(focusable) !== null,
  );
  const now = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(now + step + regions.length) % regions.length];
  next?.querySelector<HTMLElement>(focusable)?.focus();
}

import type { KeyboardEvent } from 'react';

const steps: Record<string, 1 | -1> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * Arrow keys in a `radiogroup` as in a native one: they go round what can be chosen, and choose it. Only the chosen radio
 * has a `tabIndex` of 0, so that Tab enters the group once.
 */
export function onRadioKey(event: KeyboardEvent<HTMLElement>): void {
  const step = steps[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const radios = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="radio"]:not(:disabled)')];
  const at = radios.indexOf(document.activeElement as HTMLElement); // Whatever it is, it is found or not.
  const next = radios[(at + step + radios.length) % radios.length];
  if (at === -1 || next === undefined) return;
  event.preventDefault();
  next.focus();
  next.click();
}

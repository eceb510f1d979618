import { useEffect } from 'react';

/** F6 goes round the parts of the window, and Shift-F6 the other way: each gets the focus at its first control. */
export function useRegions(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'F6') return;
      event.preventDefault();
      const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')];
      const at = regions.findIndex((region) => region.contains(document.activeElement));
      const step = event.shiftKey ? -1 : 1;
      const next = regions[(at + step + regions.length) % regions.length];
      if (next === undefined) return;
      if (next.tabIndex >= 0 || next.dataset.region === 'content') next.focus();
      else (next.querySelector<HTMLElement>('button:not(:disabled), input, [tabindex="0"]') ?? next).focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

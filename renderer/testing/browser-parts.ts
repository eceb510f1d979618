import { vi } from 'vitest';

/** The size of every element, in pixels: there is no layout in jsdom, and what is virtual shows nothing without one. */
const size = { width: 1000, height: 2000 };

/** Gives jsdom the parts of a browser that the library window needs: sizes, observers, and what menus ask of a pointer. */
export function addBrowserParts(): void {
  vi.stubGlobal('ResizeObserver', SizeOnce);
  vi.stubGlobal('IntersectionObserver', AlwaysSeen);
  // A wide window, without preferences.
  vi.stubGlobal('matchMedia', (media: string) => Object.assign(new EventTarget(), { media, matches: false }));
  const { prototype } = HTMLElement;
  for (const box of ['offset', 'client']) {
    Object.defineProperty(prototype, `${box}Width`, { configurable: true, get: () => size.width });
    Object.defineProperty(prototype, `${box}Height`, { configurable: true, get: () => size.height });
  }
  prototype.scrollTo = () => undefined;
  prototype.scrollIntoView = () => undefined;
  prototype.hasPointerCapture = () => false;
  prototype.setPointerCapture = () => undefined;
  prototype.releasePointerCapture = () => undefined;
}

/** Reports the one size that everything has. */
class SizeOnce implements ResizeObserver {
  readonly #callback: ResizeObserverCallback;

  constructor(callback: ResizeObserverCallback) {
    this.#callback = callback;
  }

  observe(target: Element): void {
    const box = [{ inlineSize: size.width, blockSize: size.height }];
    this.#callback(
      [
        {
          target,
          contentRect: new DOMRect(0, 0, size.width, size.height),
          borderBoxSize: box,
          contentBoxSize: box,
          devicePixelContentBoxSize: box,
        },
      ],
      this,
    );
  }

  unobserve(): void {}
  disconnect(): void {}
}

/** Everything is in sight. */
class AlwaysSeen implements IntersectionObserver {
  readonly root = null;
  readonly rootMargin = '';
  readonly scrollMargin = '';
  readonly thresholds = [0];
  readonly #callback: IntersectionObserverCallback;

  constructor(callback: IntersectionObserverCallback) {
    this.#callback = callback;
  }

  observe(target: Element): void {
    const rect = new DOMRect(0, 0, size.width, size.height);
    const seen = { isIntersecting: true, intersectionRatio: 1, time: 0, rootBounds: rect };
    this.#callback([{ ...seen, target, boundingClientRect: rect, intersectionRect: rect }], this);
  }

  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): IntersectionObserverEntry[] {
    return [];
  }
}

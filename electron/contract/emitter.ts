/**
 * Tells listeners of events. Everybody hears of one event before anybody hears of the next, also where a listener causes
 * that one. A listener that comes while an event is told hears from the next on; one that left hears no more. An error of
 * a listener is reported as an uncaught one, and the others hear all the same.
 */
export class Emitter<Event> implements Disposable {
  readonly #listeners = new Set<{ readonly hear: (event: Event) => void }>();
  readonly #untold: { event: Event; listeners: { readonly hear: (event: Event) => void }[] }[] = [];
  #isTelling = false;

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Calls `hear` with every event until the returned function is called. */
  on(hear: (event: Event) => void): () => void {
    const listener = { hear };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: Event): void {
    this.#untold.push({ event, listeners: [...this.#listeners] });
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift())
      for (const listener of next.listeners) if (this.#listeners.has(listener)) tell(listener.hear, next.event);
    this.#isTelling = false;
  }

  /** Nobody hears any more. */
  [Symbol.dispose](): void {
    this.#listeners.clear();
  }
}

function tell<Event>(hear: (event: Event) => void, event: Event): void {
  try {
    hear(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

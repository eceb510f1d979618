import { EventEmitter } from 'node:events';
import type { BrowserWindowConstructorOptions, MenuItemConstructorOptions, Rectangle } from 'electron';

/**
 * An object with some members of an Electron one, each checked against Electron's own type; touching any other member
 * throws, so that a test never passes on something that nobody stood in for.
 */
export function standIn<T extends object>(name: string, members: Partial<T>): T {
  return new Proxy(members, {
    get(target, key, receiver) {
      if (key in target || typeof key === 'symbol' || key === 'then') return Reflect.get(target, key, receiver);
      throw new Error(`The stand-in for ${name} has no ${key}.`);
    },
  }) as T; // The members that are not there throw.
}

/** `on` and `once` of an emitter under the types of any Electron object: they declare an overload for each event. */
export function listening(emitter: EventEmitter): { on: never; once: never } {
  return {
    on: emitter.on.bind(emitter) as never,
    once: emitter.once.bind(emitter) as never,
  };
}

/** A window that remembers what was done to it. */
export interface WindowStandIn {
  readonly window: Electron.BrowserWindow;
  readonly options: BrowserWindowConstructorOptions;
  readonly events: EventEmitter;
  readonly pageEvents: EventEmitter;
  /** What the page was sent, as [channel, value]. */
  readonly sent: unknown[][];
  readonly calls: string[];
  url: string;
  bounds: Rectangle;
  fullScreen: boolean;
  ignoresMenuShortcuts: boolean;
  zoomFactor: number;
  progress: number;
  /** As the person does it. */
  close(): void;
}

let nextId = 1;

/** As Electron's: the bytes of a pointer, in a new buffer for each question. */
function handleOf(id: number): Buffer {
  const handle = Buffer.alloc(8);
  handle.writeBigUInt64LE(BigInt(id));
  return handle;
}

/** Stands in for a BrowserWindow made with these options. */
export function windowStandIn(
  options: BrowserWindowConstructorOptions,
  onClosed: () => void = () => {},
): WindowStandIn {
  const events = new EventEmitter();
  const pageEvents = new EventEmitter();
  let destroyed = false;
  const self: Omit<WindowStandIn, 'window'> = {
    options,
    events,
    pageEvents,
    sent: [],
    calls: [],
    url: '',
    bounds: { x: options.x ?? 0, y: options.y ?? 0, width: options.width ?? 0, height: options.height ?? 0 },
    fullScreen: false,
    ignoresMenuShortcuts: false,
    zoomFactor: 1,
    progress: -1,
    close() {
      events.emit('close');
      destroyed = true;
      onClosed();
      events.emit('closed');
    },
  };
  const webContents = standIn<Electron.WebContents>('WebContents', {
    id: nextId++,
    ...listening(pageEvents),
    send: (channel, ...values: unknown[]) => void self.sent.push([channel, ...values]),
    setWindowOpenHandler: (handler) => {
      self.calls.push(`opens ${handler(standIn<Electron.HandlerDetails>('details', {})).action}`);
    },
    setIgnoreMenuShortcuts: (ignore) => {
      self.ignoresMenuShortcuts = ignore;
    },
    reload: () => void self.calls.push('reload'),
    focus: () => void self.calls.push('page focus'),
    getZoomFactor: () => self.zoomFactor,
  });
  const window = standIn<Electron.BrowserWindow>('BrowserWindow', {
    webContents,
    ...listening(events),
    loadURL: (url) => {
      self.url = url;
      return Promise.resolve();
    },
    show: () => void self.calls.push('show'),
    focus: () => void self.calls.push('focus'),
    restore: () => void self.calls.push('restore'),
    maximize: () => void self.calls.push('maximize'),
    isMinimized: () => false,
    isMaximized: () => false,
    isDestroyed: () => destroyed,
    isFocused: () => true,
    getNativeWindowHandle: () => {
      if (destroyed) throw new TypeError('Object has been destroyed');
      return handleOf(webContents.id);
    },
    isFullScreen: () => self.fullScreen,
    setFullScreen: (on) => {
      self.fullScreen = on;
    },
    getBounds: () => self.bounds,
    getNormalBounds: () => self.bounds,
    setMenuBarVisibility: (visible) => void self.calls.push(`menu bar ${visible ? 'shown' : 'hidden'}`),
    setProgressBar: (progress) => {
      self.progress = progress;
    },
  });
  return Object.assign(self, { window });
}

/** A menu made from a template, whose items can be found and clicked. */
export function menuStandIn(template: MenuItemConstructorOptions[]): Electron.Menu {
  const items = new Map<string, Electron.MenuItem>();
  for (const item of allItems(template)) {
    if (item.id === undefined) continue;
    const { id, enabled = true, visible = true } = item;
    items.set(id, standIn<Electron.MenuItem>('MenuItem', { id, enabled, visible }));
  }
  return standIn<Electron.Menu>('Menu', { getMenuItemById: (id) => items.get(id) ?? null });
}

/** Every item of a template, those of submenus too. */
export function allItems(template: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return template.flatMap((item) => [item, ...allItems(submenuOf(item))]);
}

/** The items of a submenu; none for an item without. */
export function submenuOf(item: MenuItemConstructorOptions | undefined): MenuItemConstructorOptions[] {
  return Array.isArray(item?.submenu) ? item.submenu : [];
}

/** What a template looks like: labels or roles, "-" for separators, submenus indented, what is grey in parentheses. */
export function outline(template: readonly MenuItemConstructorOptions[], indent = ''): string[] {
  return template.flatMap((item) => {
    const text = item.type === 'separator' ? '-' : (item.label ?? item.role ?? '');
    const shown = item.enabled === false && item.id === undefined ? `(${text})` : text;
    return [`${indent}${shown}`, ...outline(submenuOf(item), `${indent}  `)];
  });
}

/** Chooses the item whose label begins so, wherever it is. */
export function choose(template: readonly MenuItemConstructorOptions[], ...path: string[]): void {
  let items = template;
  let found: MenuItemConstructorOptions | undefined;
  for (const label of path) {
    found = items.find((item) => item.label?.startsWith(label));
    if (found === undefined) throw new Error(`No item ${label} in ${outline(items).join(' | ')}`);
    items = submenuOf(found);
  }
  // Electron hands over the item, the window and the event; ours look at none of them.
  (found?.click as (() => void) | undefined)?.();
}

import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { VzAddon } from './addon.ts';
import { vzPairSchema, vzTerminalSchema } from './document.ts';

/** The file descriptors of a run: what the addon makes and Node's streams read. */
export interface VzDescriptors {
  /** Both ends are the caller's to close. */
  openPair(kind: 'stream' | 'datagram'): { here: number; there: number };
  openTerminal(): { descriptor: number; path: string };
  /** A stream that owns the descriptor from now on. */
  streamOf(descriptor: number): Duplex;
  close(descriptor: number): void;
}

export function addonDescriptors(addon: VzAddon): VzDescriptors {
  return {
    openPair: (kind) => vzPairSchema.parse(JSON.parse(addon.openPair(kind))),
    openTerminal: () => vzTerminalSchema.parse(JSON.parse(addon.openPseudoTerminal())),
    streamOf: (fd) => new Socket({ fd, readable: true, writable: true }),
    close: (descriptor) => closeSync(descriptor),
  };
}

import type { ByteChannel } from '../../../../electron/contract/contract.ts';

/** One end of a channel for tests, and what a far end would do to it. */
export interface TestChannel extends ByteChannel {
  /** Everything that was sent from this end. */
  readonly sent: Uint8Array[];
  readonly isClosed: boolean;
  /** Bytes that come in; kept until somebody listens. */
  receive(bytes: Uint8Array): void;
  /** The far end goes away. */
  end(reason?: string): void;
}

/** A channel in memory that keeps the contract: early bytes wait, and the end is told once, to late listeners too. */
export function testChannel(): TestChannel {
  const sent: Uint8Array[] = [];
  const early: Uint8Array[] = [];
  let listener: ((bytes: Uint8Array) => unknown) | undefined;
  let closeListeners: ((reason: string | undefined) => void)[] = [];
  let closed: { reason: string | undefined } | undefined;
  const end = (reason?: string): void => {
    if (closed !== undefined) return;
    closed = { reason };
    for (const tell of closeListeners) tell(reason);
    closeListeners = [];
  };
  return {
    sent,
    get isClosed() {
      return closed !== undefined;
    },
    send: (bytes) => {
      if (closed !== undefined) return Promise.reject(new Error('closed'));
      sent.push(bytes);
      return Promise.resolve();
    },
    onData: (added) => {
      listener = added;
      for (const bytes of early.splice(0)) void added(bytes);
    },
    onClose: (added) => {
      if (closed === undefined) closeListeners.push(added);
      else added(closed.reason);
    },
    close: end,
    receive: (bytes) => {
      if (listener === undefined) early.push(bytes);
      else listener(bytes);
    },
    end,
  };
}

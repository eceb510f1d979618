import type { RawChannel } from '@novnc/novnc';
import type { ByteChannel } from '../../../electron/contract/contract.ts';

/** WebSocket close codes of RFC 6455, section 7.4.1: a normal end, and one that the other side did not expect. */
const closeCodes = { normal: 1000, failed: 1011 } as const;

/**
 * A channel of ours in the shape that noVNC takes for a connection, so that no TCP port is opened for a screen. Nothing
 * is read from the channel until noVNC listens, and every byte that it sends is copied, as it uses its buffer again.
 */
export class ChannelSocket implements RawChannel {
  readonly #channel: ByteChannel;
  #state: RawChannel['readyState'] = 'open';
  #onMessage: RawChannel['onmessage'] = null;
  #isReading = false;
  // noVNC looks the names up on the object or its class before it takes it.
  binaryType = 'arraybuffer';
  readonly protocol = '';
  onopen: RawChannel['onopen'] = null;
  onerror: RawChannel['onerror'] = null;
  onclose: RawChannel['onclose'] = null;

  constructor(channel: ByteChannel) {
    this.#channel = channel;
    channel.onClose((reason) => {
      if (this.#state === 'closed') return;
      this.#state = 'closed';
      const code = reason === undefined ? closeCodes.normal : closeCodes.failed;
      this.onclose?.({ code, reason: reason ?? '' });
    });
  }

  get readyState(): RawChannel['readyState'] {
    return this.#state;
  }

  get onmessage(): RawChannel['onmessage'] {
    return this.#onMessage;
  }

  set onmessage(listener: RawChannel['onmessage']) {
    this.#onMessage = listener;
    if (this.#isReading || listener === null) return;
    this.#isReading = true;
    this.#channel.onData((bytes) => this.#onMessage?.({ data: bytes }));
  }

  send(bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#channel.send(bytes.slice()).catch((error: unknown) => {
      this.onerror?.(error);
    });
  }

  close(): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    this.#channel.close();
    // A WebSocket never tells of its end while it is being closed; noVNC counts on that.
    queueMicrotask(() => {
      if (this.#state === 'closed') return;
      this.#state = 'closed';
      this.onclose?.({ code: closeCodes.normal, reason: '' });
    });
  }
}

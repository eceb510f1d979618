import RFB from '@novnc/novnc';
import type { ByteChannel, Client } from '../../../electron/contract/contract.ts';
import { Emitter } from '../../../electron/contract/emitter.ts';
import type { VmId } from '../../../electron/contract/machine.ts';
import { ChannelSocket } from './channel-socket.ts';
import { type ChannelStatus, KeptChannel } from './kept-channel.ts';
import type { KeyStroke } from './keystrokes.ts';

/** How the guest's picture fits the window: made smaller or larger, pixel by pixel, or by asking the guest to resize. */
export type Scaling = 'fit' | 'actual' | 'guest';

/** What a screen is like now; a new object whenever something changed. */
export interface ScreenSnapshot {
  /** `live`: pictures come. The others as for any channel. */
  readonly status: ChannelStatus | { readonly kind: 'live' };
  /** Of the guest's screen, in its pixels. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  /** Page pixels for a guest's pixel. */
  readonly scale: number | undefined;
  readonly scaling: Scaling;
  /** The last picture that was live, as an address for an image. */
  readonly lastPicture: string | undefined;
}

/** The canvas and connection of one machine's screen, kept for as long as it is wanted. Belongs to one page. */
export class ScreenSession {
  /** Where noVNC puts its canvas; it moves in and out of the page as a whole. */
  readonly element = document.createElement('div');
  readonly #kept: KeptChannel;
  readonly #changes = new Emitter<void>();
  readonly #canvasChanges = new MutationObserver(() => this.#measure());
  #rfb: RFB | undefined;
  #snapshot: ScreenSnapshot = {
    status: { kind: 'off' },
    size: undefined,
    scale: undefined,
    scaling: 'fit',
    lastPicture: undefined,
  };

  constructor(client: Client, id: VmId) {
    this.element.className = 'console-canvas';
    this.#kept = new KeptChannel({
      open: () => client.openChannel('console', { id }),
      onOpen: (channel) => this.#connect(channel),
    });
    this.#kept.subscribe(() => {
      // An open channel is a screen only after both sides have agreed on how to speak.
      const { status } = this.#kept;
      if (status.kind !== 'open') this.#change({ status });
    });
  }

  readonly getSnapshot = (): ScreenSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => this.#changes.on(listener);

  want(on: boolean): void {
    this.#kept.want(on);
  }

  retry(): void {
    this.#kept.retry();
  }

  setScaling(scaling: Scaling): void {
    this.#change({ scaling });
    if (this.#rfb !== undefined) applyScaling(this.#rfb, scaling);
    this.#measure();
  }

  /** Gives the keyboard to the guest. */
  focus(): void {
    this.#rfb?.focus({ preventScroll: true });
  }

  send(strokes: readonly KeyStroke[]): void {
    for (const { keysym, code, down } of strokes) this.#rfb?.sendKey(keysym, code, down);
  }

  /** Lets keys go by their place alone. */
  letGo(codes: readonly string[]): void {
    for (const code of codes) this.#rfb?.sendKey(0, code, false);
  }

  /** The screen as a PNG in the guest's pixels; undefined while nothing is shown. */
  async picture(): Promise<Blob | undefined> {
    const rfb = this.#rfb;
    if (rfb === undefined || this.#snapshot.status.kind !== 'live') return undefined;
    return await new Promise((resolve) => rfb.toBlob((blob) => resolve(blob ?? undefined), 'image/png'));
  }

  #connect(channel: ByteChannel): void {
    const rfb = new RFB(this.element, new ChannelSocket(channel), { shared: true });
    this.#rfb = rfb;
    rfb.background = 'transparent';
    // A guest in text mode sends no pointer, and a screen without one seems dead.
    rfb.showDotCursor = true;
    // The bytes go no further than this machine.
    rfb.qualityLevel = 9;
    rfb.compressionLevel = 0;
    applyScaling(rfb, this.#snapshot.scaling);
    rfb.addEventListener('connect', () => {
      if (this.#rfb !== rfb) return;
      this.#watchCanvas();
      this.#change({ status: { kind: 'live' } });
      this.#measure();
    });
    rfb.addEventListener('securityfailure', ({ detail }) => channel.close(detail.reason ?? 'The screen was refused.'));
    rfb.addEventListener('credentialsrequired', () => channel.close('The screen asks for a password.'));
    rfb.addEventListener('disconnect', () => this.#drop(rfb, channel));
  }

  /** The picture stays as the last one seen. */
  #drop(rfb: RFB, channel: ByteChannel): void {
    // noVNC gives up by itself on bytes that are no RFB; then the channel is of no more use.
    channel.close();
    if (this.#rfb !== rfb) return;
    this.#rfb = undefined;
    this.#canvasChanges.disconnect();
    this.#change({ ...(this.#snapshot.size === undefined ? {} : { lastPicture: rfb.toDataURL('image/png') }) });
  }

  get #canvas(): HTMLCanvasElement | null {
    return this.element.querySelector('canvas');
  }

  /** noVNC tells of no change of size, but its canvas shows both the guest's and the page's. */
  #watchCanvas(): void {
    const canvas = this.#canvas;
    this.#canvasChanges.disconnect();
    if (canvas !== null)
      this.#canvasChanges.observe(canvas, { attributes: true, attributeFilter: ['width', 'height', 'style'] });
  }

  #measure(): void {
    const canvas = this.#canvas;
    if (canvas === null || canvas.width === 0 || canvas.height === 0) return;
    const { width, height } = canvas;
    const shownWidth = Number.parseFloat(canvas.style.width);
    const scale = Number.isFinite(shownWidth) ? shownWidth / width : 1;
    const { size } = this.#snapshot;
    const isSame = size?.width === width && size.height === height;
    if (isSame && scale === this.#snapshot.scale) return;
    this.#change({ scale, ...(isSame ? {} : { size: { width, height } }) });
  }

  #change(changes: Partial<ScreenSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changes };
    this.#changes.emit();
  }
}

function applyScaling(rfb: RFB, scaling: Scaling): void {
  rfb.scaleViewport = scaling !== 'actual';
  rfb.resizeSession = scaling === 'guest';
}

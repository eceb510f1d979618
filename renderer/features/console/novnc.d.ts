/** The members of noVNC 1.7 that are used here (docs/API.md there); the package brings no types. */
declare module '@novnc/novnc' {
  /** What noVNC takes in place of a WebSocket; checked by name in its core/websock.js. */
  export interface RawChannel {
    binaryType: string;
    readonly protocol: string;
    readonly readyState: 'connecting' | 'open' | 'closing' | 'closed';
    onopen: (() => void) | null;
    onmessage: ((event: { data: Uint8Array }) => void) | null;
    onerror: ((event: unknown) => void) | null;
    onclose: ((event: { code: number; reason: string }) => void) | null;
    send(bytes: Uint8Array): void;
    close(): void;
  }

  export interface RfbEvents {
    connect: CustomEvent<Record<string, never>>;
    disconnect: CustomEvent<{ clean: boolean }>;
    securityfailure: CustomEvent<{ status: number; reason?: string }>;
    credentialsrequired: CustomEvent<{ types: string[] }>;
  }

  export default class RFB {
    constructor(target: HTMLElement, channel: RawChannel, options?: { shared?: boolean });
    background: string;
    scaleViewport: boolean;
    clipViewport: boolean;
    resizeSession: boolean;
    focusOnClick: boolean;
    showDotCursor: boolean;
    viewOnly: boolean;
    qualityLevel: number;
    compressionLevel: number;
    addEventListener<N extends keyof RfbEvents>(type: N, listener: (event: RfbEvents[N]) => void): void;
    disconnect(): void;
    /** `keysym` 0 sends the scan code of `code` alone, which QEMU understands. */
    sendKey(keysym: number, code: string, down?: boolean): void;
    focus(options?: FocusOptions): void;
    blur(): void;
    toBlob(callback: (blob: Blob | null) => void, type?: string): void;
    toDataURL(type?: string): string;
  }
}

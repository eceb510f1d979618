/**
 * How a page of the desktop app reaches the services. A `MessagePort` can't pass through `contextBridge`, so the page makes
 * a `MessageChannel`, keeps one end, and posts the other to its own window:
 *
 *     window.postMessage({ type: bridgeMessage, open }, window.location.origin, [port])
 *
 * The preload script passes it on with `ipcRenderer.postMessage(bridgeMessage, open, [port])`, and the main process gets
 * it as the event of `ipcMain.on(bridgeMessage, …)` with `event.ports[0]`, after a look at the sender's frame.
 * What `open` says and what goes over the port is the transport's business; the bridge reads neither.
 */
export const bridgeMessage = 'tatin:open';

/** `window.tatinTransport`: its presence says that the bridge listens. */
export interface TransportBridge {
  readonly kind: 'ipc';
}

import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { bridgeMessage } from '../../contract/ipc-bridge.ts';
import { serveIpc } from '../ipc-main.ts';
import { EchoBackend } from './echo-backend.ts';
import { mainPort } from './transports.ts';

const isOurs = (url: string): boolean => url.startsWith('app://tatin/');

/** Opens a port as a frame of that address does; whether it is closed at once or takes a call. */
async function outcome(url: string | null, open: unknown): Promise<'closed' | 'answered'> {
  const ipcMain = new EventEmitter();
  const backend = new EchoBackend();
  backend.onCall = () => Promise.resolve([]);
  const stop = serveIpc(ipcMain, backend, isOurs);
  const { port1, port2 } = new MessageChannel();
  const closed = new Promise<'closed'>((resolve) => port1.addEventListener('close', () => resolve('closed')));
  const answered = new Promise<'answered'>((resolve) => port1.addEventListener('message', () => resolve('answered')));
  port1.start();
  ipcMain.emit(bridgeMessage, { senderFrame: url === null ? null : { url }, ports: [mainPort(port2)] }, open);
  port1.postMessage({ kind: 'call', call: 1, name: 'vms.list', input: {} });
  const result = await Promise.race([closed, answered]);
  port1.close();
  stop();
  return result;
}

describe('serveIpc', () => {
  it('serves its own pages only', async () => {
    expect(await outcome('app://tatin/index.html', { for: 'session' })).toBe('answered');
    for (const url of ['https://evil.example/', 'file:///etc/passwd', 'about:blank', '', null])
      expect(await outcome(url, { for: 'session' }), String(url)).toBe('closed');
  });

  it('closes what is opened for something that is not in the contract', async () => {
    for (const open of [undefined, {}, { for: 'everything' }, { for: 'channel' }, 'session'])
      expect(await outcome('app://tatin/index.html', open), JSON.stringify(open)).toBe('closed');
  });

  it('closes the port of a page that sends what is not in the contract', async () => {
    const ipcMain = new EventEmitter();
    const backend = new EchoBackend();
    const stop = serveIpc(ipcMain, backend, isOurs);
    const { port1, port2 } = new MessageChannel();
    const closed = new Promise((resolve) => port1.addEventListener('close', resolve));
    const event = { senderFrame: { url: 'app://tatin/index.html' }, ports: [mainPort(port2)] };
    ipcMain.emit(bridgeMessage, event, { for: 'session' });
    port1.start();
    port1.postMessage({ kind: 'surprise' });
    await closed;
    await vi.waitFor(() => expect(backend.listenerCount).toBe(0), { timeout: 20_000 });
    stop();
  });

  it('takes no more ports once it was stopped', () => {
    const ipcMain = new EventEmitter();
    serveIpc(ipcMain, new EchoBackend(), isOurs)();
    expect(ipcMain.listenerCount(bridgeMessage)).toBe(0);
  });

  it('does nothing without a port', () => {
    const ipcMain = new EventEmitter();
    const stop = serveIpc(ipcMain, new EchoBackend(), isOurs);
    const event = { senderFrame: { url: 'app://tatin/index.html' }, ports: [] };
    expect(() => ipcMain.emit(bridgeMessage, event, { for: 'session' })).not.toThrow();
    stop();
  });
});

import { createServer } from 'node:net';
import path from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { connectWhenListening, listenUnix } from './unix-sockets.ts';

it('A connection waits for a program that does not listen yet, and no longer than it may', async () => {
  using folder = temporaryFolder('/tmp');
  const place = path.join(folder.path, 'late.sock');
  const controller = new AbortController();
  const never = connectWhenListening(path.join(folder.path, 'never.sock'), controller.signal);
  const connecting = connectWhenListening(place, new AbortController().signal);
  const server = createServer((socket) => socket.end('here'));
  await listenUnix(server, place);
  const socket = await connecting;
  let said = '';
  for await (const bytes of socket.setEncoding('utf8')) said += String(bytes);
  expect(said).toBe('here');
  controller.abort(new Error('long enough'));
  await expect(never).rejects.toThrow();
  server.close();
});

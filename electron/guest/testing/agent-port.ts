import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';
import path from 'node:path';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { QemuAgent } from '../qemu-agent.ts';

/** A port between the host and a guest. */
export interface AgentPort extends AsyncDisposable {
  /** The host's end. */
  readonly socket: Socket;
  /** The guest's end, for the test to answer on. */
  readonly guest: Socket;
  /** The client at the host's end. */
  readonly agent: QemuAgent;
}

/** Opens the port of a guest agent whose part the test plays. */
export async function openAgentPort(): Promise<AgentPort> {
  const folder = temporaryFolder();
  const server = createServer().listen(path.join(folder.path, 's'));
  const socket = connect(path.join(folder.path, 's'));
  // Node gives `connection` one argument, a socket; `once` can't know.
  const [guest] = (await once(server, 'connection')) as [Socket];
  guest.on('error', () => undefined);
  return {
    socket,
    guest,
    agent: new QemuAgent(socket, true),
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      guest.destroy();
      server.close();
      await once(server, 'close');
      folder[Symbol.dispose]();
    },
  };
}

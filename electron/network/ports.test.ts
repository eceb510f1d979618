import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type PortForward, portForwardSchema } from '../contract/machine.ts';
import { OtherProgram } from '../library/testing/other-program.ts';
import { checkPortsFree, portError } from './ports.ts';

const forward = (hostPort: number, more: Partial<PortForward> = {}) =>
  portForwardSchema.parse({ hostPort, guestPort: 22, ...more });

describe('Ports of the host', () => {
  it('are free, and stay so', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    for (let turn = 0; turn < 2; turn++) await checkPortsFree([forward(port), forward(port, { protocol: 'udp' })]);
  });

  it('are taken by another program, which is said with the number', async () => {
    await using python = OtherProgram.python(`
import socket, sys
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
print(s.getsockname()[1]); sys.stdin.readline()`);
    const port = Number(await python.line());
    await expect(checkPortsFree([forward(port)])).rejects.toMatchObject({
      code: 'port-taken',
      retry: true,
      message: expect.stringContaining(`TCP port ${port}`) as string,
    });
    await checkPortsFree([forward(port, { protocol: 'udp' })]);
  });

  it('are told apart by protocol', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    await expect(checkPortsFree([forward(port, { protocol: 'udp' })])).rejects.toMatchObject({ code: 'port-taken' });
    socket.close();
  });

  it('must be at an address of this computer', async () => {
    // Reserved since RFC 1112, section 4; those for documentation (RFC 5737) are used by test networks.
    await expect(checkPortsFree([forward(4000, { hostAddress: '240.0.0.1' })])).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringContaining('240.0.0.1') as string,
    });
  });

  it('may be for the administrator only', () => {
    const error = portError(forward(80), Object.assign(new Error('listen EACCES'), { code: 'EACCES' }));
    expect(error.message).toContain('administrator');
    expect(error.hint).toContain('1024');
  });
});

import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface ForwardProxy extends AsyncDisposable {
  /** `http://user:password@127.0.0.1:port` */
  readonly url: string;
  /** `CONNECT host:port`, or the method and the whole address. */
  readonly passed: readonly string[];
}

/** What the proxy wants to be told. */
const login = 'proxy-user:proxy-password';

/**
 * A proxy as networks of companies have it: passes bytes on by CONNECT and requests by their whole address, for those who give the
 * name and password, all to `target` (`host:port`) wherever they want to go.
 */
export async function startForwardProxy(target: string): Promise<ForwardProxy> {
  const passed: string[] = [];
  const [host = '', port = ''] = target.split(':');
  const expected = `Basic ${Buffer.from(login).toString('base64')}`;
  const server = createServer((request, response) => {
    if (request.headers['proxy-authorization'] !== expected) {
      response.writeHead(407).end();
      return;
    }
    passed.push(`${request.method} ${request.url}`);
    const { pathname, search } = new URL(request.url ?? '', 'http://nowhere');
    const { 'proxy-authorization': _login, ...headers } = request.headers;
    const onward = forward({ host, port, path: pathname + search, method: request.method, headers, agent: false });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on('connect', (request, socket) => {
    if (request.headers['proxy-authorization'] !== expected) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    passed.push(`CONNECT ${request.url}`);
    const onward = connect({ host, port: Number(port) }, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // A server that listens on a port has an address with one.
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://${login}@127.0.0.1:${own}`,
    passed,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** Why tests of this kind can't run here; undefined if they can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'there are no network namespaces on this system';
  if (process.getuid?.() !== 0) return 'only the administrator may make network namespaces';
  try {
    const probe = `tatin-probe-${process.pid}`;
    ip('netns', 'add', probe);
    ip('netns', 'delete', probe);
    execFileSync('sh', ['-c', 'command -v dnsmasq && command -v /usr/lib/qemu/qemu-bridge-helper']);
    return undefined;
  } catch (error) {
    return `network namespaces, dnsmasq or QEMU's bridge helper are missing (${String(error).split('\n')[0] ?? ''})`;
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/**
 * A computer with a bridge and a way out, another on its bridge, and one that is reached by the way out; each a network
 * namespace. Nothing of the real computer's network is touched.
 *
 *     lan 192.168.91.2 ── br0 192.168.91.1 ─ host ─ 198.51.100.1 ── outside 198.51.100.254
 *                                                   2001:db8::1             2001:db8::fe
 */
export class NetworkLab implements AsyncDisposable {
  readonly host = `tatin-host-${process.pid}`;
  readonly lan = `tatin-lan-${process.pid}`;
  readonly outside = `tatin-out-${process.pid}`;
  readonly #folder: string;
  readonly #stack = new AsyncDisposableStack();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param folder for the leases, and what else is written */
  static async open(folder: string): Promise<NetworkLab> {
    const lab = new NetworkLab(folder);
    try {
      lab.#connect();
      await lab.#serveLeases();
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  #connect(): void {
    if (!existsSync('/etc/qemu')) {
      mkdirSync('/etc/qemu');
      this.#stack.defer(() => rmdirSync('/etc/qemu'));
    }
    for (const name of [this.host, this.lan, this.outside]) {
      ip('netns', 'add', name);
      this.#stack.defer(() => ip('netns', 'delete', name));
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    this.#cable('lan0', 'eth0', this.lan, '192.168.91.2/24');
    ip('-n', this.host, 'link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0');
    ip('-n', this.host, 'link', 'set', 'lan0', 'master', 'br0');
    ip('-n', this.host, 'address', 'add', '192.168.91.1/24', 'dev', 'br0');
    ip('-n', this.host, 'link', 'set', 'br0', 'up');
    this.#cable('out0', 'eth0', this.outside, '198.51.100.254/24');
    ip('-n', this.host, 'address', 'add', '198.51.100.1/24', 'dev', 'out0');
    ip('-n', this.host, 'route', 'add', 'default', 'via', '198.51.100.254');
    // Without looking whether somebody else has the address, which takes its time.
    ip('-n', this.outside, 'address', 'add', '2001:db8::fe/64', 'dev', 'eth0', 'nodad');
    ip('-n', this.host, 'address', 'add', '2001:db8::1/64', 'dev', 'out0', 'nodad');
    ip('-n', this.host, 'route', 'add', 'default', 'via', '2001:db8::fe');
  }

  /** From the host's end to the other computer's, which gets the address. */
  #cable(here: string, there: string, other: string, address: string): void {
    ip('-n', this.host, 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', other);
    ip('-n', this.host, 'link', 'set', here, 'up');
    ip('-n', other, 'address', 'add', address, 'dev', there);
    ip('-n', other, 'link', 'set', there, 'up');
  }

  get #leases(): string {
    return path.join(this.#folder, 'leases');
  }

  async #serveLeases(): Promise<void> {
    const dnsmasq = [
      ...['dnsmasq', '--conf-file=/dev/null', '--user=root', '--keep-in-foreground', '--log-facility=-'],
      ...['--port=0', '--interface=br0', '--bind-interfaces'],
      ...['--dhcp-range=192.168.91.50,192.168.91.99,1h', `--dhcp-leasefile=${this.#leases}`, '--pid-file='],
    ];
    await this.#start(this.host, dnsmasq, /DHCP, IP range/);
  }

  /** Starts a program in a computer; resolves when it has said that it is ready, with the lines that it says. */
  async #start(where: string, command: readonly string[], ready: RegExp): Promise<readonly string[]> {
    const child = spawn('ip', ['netns', 'exec', where, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'exit');
    this.#stack.defer(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const said: string[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        if (ready.test(line)) resolve(undefined);
      });
    void ended.then(() => reject(new Error(`${command.join(' ')} ended: ${said.join('\n')}`)));
    await promise;
    return said;
  }

  /** A service that says its name to everyone who connects. */
  async serve(where: string, address: string, port: number, name: string): Promise<void> {
    const script = `require('net').createServer((s) => s.on('error', () => 0).end(${JSON.stringify(name)}))
      .listen(${port}, ${JSON.stringify(address)}, () => console.log('ready'))`;
    await this.#start(where, [process.execPath, '-e', script], /ready/);
  }

  /** Services at these addresses by TCP and by UDP; a line `tcp 127.0.0.1` or `udp ::1` is added for each that comes. */
  async listen(where: string, addresses: readonly string[], port: number): Promise<readonly string[]> {
    const script = `const [port, ...all] = process.argv.slice(1);
      let waiting = 2 * all.length;
      const isReady = () => --waiting === 0 && console.log('ready');
      for (const host of all) {
        require('net').createServer((s) => { s.on('error', () => 0).destroy(); console.log('tcp ' + host); })
          .listen({ port, host }, isReady);
        const type = host.includes(':') ? 'udp6' : 'udp4';
        require('dgram').createSocket(type).on('message', () => console.log('udp ' + host))
          .bind({ port: Number(port), address: host }, isReady);
      }`;
    return await this.#start(where, [process.execPath, '-e', script, String(port), ...addresses], /ready/);
  }

  /** What is said at a port, seen from one of the computers; undefined if nothing is. */
  async ask(where: string, address: string, port: number, say = ''): Promise<string | undefined> {
    const script = `const s = require('net').connect(${port}, ${JSON.stringify(address)}, () => s.write(${JSON.stringify(say)}));
      s.setTimeout(5000, () => process.exit(1)); s.on('error', () => process.exit(1)); s.pipe(process.stdout);`;
    try {
      const run = promisify(execFile);
      return (await run('ip', ['netns', 'exec', where, process.execPath, '-e', script])).stdout;
    } catch (error) {
      return undefined;
    }
  }

  /** A file as a program in one of the computers reads it. */
  read(where: string, file: string): string {
    return execFileSync('ip', ['netns', 'exec', where, 'cat', file], { encoding: 'utf8' });
  }

  /** The address that the bridge's DHCP server gave to a MAC address; undefined if none yet. */
  leaseOf(mac: string): string | undefined {
    const lines = existsSync(this.#leases) ? readFileSync(this.#leases, 'utf8').split('\n') : [];
    // Expiry, MAC address, address, name, identifier.
    return lines.map((line) => line.split(' ')).find(([, owner]) => owner === mac)?.[2];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import type { GuestArch } from '../contract/machine.ts';

/** How QEMU starts a machine that the image is for; in software, as any host can. */
const machines: Readonly<
  Record<GuestArch, { program: string; firmware: [code: string, variables: string]; args: string[] }>
> = {
  amd64: {
    program: 'qemu-system-x86_64',
    firmware: ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
    args: ['-M', 'q35,smm=off,vmport=off,hpet=off', '-cpu', 'max'],
  },
  arm64: {
    program: 'qemu-system-aarch64',
    firmware: ['/usr/share/AAVMF/AAVMF_CODE.fd', '/usr/share/AAVMF/AAVMF_VARS.fd'],
    args: ['-M', 'virt,gic-version=3', '-cpu', 'max,pauth-impdef=on'],
  },
};

/** A guest of a test: QEMU as typed by hand, without any of Tatin's own driver. */
export class TestMachine {
  /** Everything that came over the serial line so far. */
  serial = '';
  readonly httpPort: number;
  readonly #process: ChildProcess;
  readonly #serial: Socket;
  readonly #monitor: Socket;
  readonly #agentPath: string;
  #errors = '';

  private constructor(
    child: ChildProcess,
    serial: Socket,
    monitor: Socket,
    { agentPath, httpPort }: { agentPath: string; httpPort: number },
  ) {
    this.#process = child;
    this.#serial = serial;
    this.#monitor = monitor;
    this.#agentPath = agentPath;
    this.httpPort = httpPort;
    serial.on('data', (data) => (this.serial += data.toString('utf8')));
    child.stderr?.on('data', (data: Buffer) => (this.#errors += data.toString('utf8')));
  }

  /** Starts a machine from the disk at `disk`; sockets and firmware variables go into `folder`, a short path. */
  static async start(arch: GuestArch, disk: string, folder: string): Promise<TestMachine> {
    const { program, firmware, args } = machines[arch];
    const variables = path.join(folder, 'variables.fd');
    await copyFile(firmware[1], variables);
    const httpPort = await freePort();
    const agentPath = path.join(folder, 'agent');
    const [serial, monitor] = [await listener(folder, 'serial'), await listener(folder, 'monitor')];
    const child = spawn(
      program,
      [
        ...args,
        ...[
          '-nodefaults',
          '-no-user-config',
          '-accel',
          'tcg,thread=multi',
          '-smp',
          '2',
          '-m',
          '512',
          '-display',
          'none',
        ],
        ...['-drive', `if=pflash,format=raw,readonly=on,file=${firmware[0]}`],
        ...['-drive', `if=pflash,format=raw,file=${variables}`],
        ...['-blockdev', `driver=raw,node-name=d0,discard=unmap,file.driver=file,file.filename=${disk}`],
        ...['-device', 'virtio-blk-pci,drive=d0,bootindex=1'],
        ...['-netdev', `user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:${httpPort}-:80`],
        ...['-device', 'virtio-net-pci,netdev=n0,romfile=', '-device', 'virtio-rng-pci'],
        ...['-device', 'virtio-keyboard-pci', '-device', 'virtio-serial-pci'],
        ...['-chardev', `socket,id=ga,path=${agentPath},server=on,wait=off`],
        ...['-device', 'virtserialport,chardev=ga,name=org.qemu.guest_agent.0'],
        ...['-chardev', `socket,id=s0,path=${serial.path}`, '-serial', 'chardev:s0'],
        ...['-chardev', `socket,id=m0,path=${monitor.path}`, '-mon', 'chardev=m0,mode=readline'],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const [serialSocket, monitorSocket] = await Promise.race([
      Promise.all([serial.connected, monitor.connected]),
      once(child, 'close').then(() => {
        throw new Error(`${program} did not start: ${String(child.stderr.read())}`);
      }),
    ]);
    monitorSocket.resume();
    return new TestMachine(child, serialSocket, monitorSocket, { agentPath, httpPort });
  }

  /** Waits until the serial line has said `text` since `from`; fails with all it said if QEMU ends before. */
  async until(text: string, from = 0): Promise<void> {
    while (!this.serial.includes(text, from)) {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null)
        throw new Error(`QEMU ended before "${text}":\n${this.#errors}\n${this.serial}`);
      const heard = new AbortController();
      const options = { signal: heard.signal };
      await Promise.race([once(this.#serial, 'data', options), once(this.#process, 'close', options)]);
      heard.abort();
    }
  }

  /** Types `line` on the serial line and waits for `answer`, which has to come after it. */
  async type(line: string, answer: string): Promise<void> {
    const from = this.serial.length;
    this.#serial.write(`${line}\r`);
    await this.until(answer, from);
  }

  /** Sends one request to the guest agent and gives its answer. */
  async askAgent(request: object): Promise<unknown> {
    const socket = connect(this.#agentPath);
    try {
      await once(socket, 'connect');
      socket.write(`${JSON.stringify(request)}\n`);
      let answer = '';
      while (!answer.endsWith('\n')) answer += String((await once(socket, 'data'))[0]);
      return JSON.parse(answer) as unknown;
    } finally {
      socket.destroy();
    }
  }

  /** Presses the power button and waits until QEMU has ended by itself. */
  async pressPower(): Promise<number | null> {
    const closed = once(this.#process, 'close') as Promise<[number | null]>;
    this.#monitor.write('system_powerdown\n');
    return (await closed)[0];
  }

  /** Pulls the plug. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** A Unix socket that QEMU connects to, so that not a byte of its start is lost. */
async function listener(folder: string, name: string): Promise<{ path: string; connected: Promise<Socket> }> {
  const file = path.join(folder, `${name}-${process.hrtime.bigint().toString(36)}`);
  const server = createServer();
  server.listen(file);
  await once(server, 'listening');
  const connected = once(server, 'connection').then(([socket]) => {
    server.close();
    return socket as Socket;
  });
  return { path: file, connected };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { ipv4Bytes } from '../../network/frame-guest.ts';
import { type Transport, transportFrame } from '../../network/frames.ts';
import { ipv6Bytes } from '../../network/testing/addresses.ts';
import type { Machine } from '../machine.ts';
import { inGuest } from './guest-lab.ts';

const ipv4 = ['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.0.0.1'];
const ipv6 = ['::1', '::', '::7f00:1', '::ffff:7f00:1', '::ffff:0:0', '::ffff:0:7f00:1', '64:ff9b::7f00:1', 'ff01::1'];

/** A guest's root who wants to reach the host's loopback. */
export class LoopbackAttack {
  readonly #machine: Machine;
  readonly #gateway: string;
  #sourcePort = 41_000;

  /** @param gateway of the guest's network, which it is the fifteenth of */
  constructor(machine: Machine, gateway: string) {
    this.#machine = machine;
    this.#gateway = gateway;
  }

  /** Takes the guest's own loopback away and leads its addresses to the host, then connects as programs do. */
  async byRoutes(port: number): Promise<void> {
    await inGuest(
      this.#machine,
      [
        'ip addr del 127.0.0.1/8 dev lo; ip -6 addr del ::1/128 dev lo',
        'for all in /proc/sys/net/ipv4/conf/*/route_localnet; do echo 1 > $all; done',
        `ip route add 127.0.0.0/8 via ${this.#gateway} dev eth0`,
        'router=$(ip -6 route show default | sed -n "s/.* via \\([^ ]*\\) .*/\\1/p" | head -n 1)',
        '[ -z "$router" ] || ip -6 route add ::1/128 via $router dev eth0',
        `for address in 127.0.0.1 127.0.0.2 ::1; do
           echo tcp | busybox timeout 3 busybox nc -w 1 $address ${port}
         done`,
        'ip addr add 127.0.0.1/8 dev lo; ip route del 127.0.0.0/8 via any; true',
      ].join('\n'),
    );
  }

  /** Sends frames that no kernel would, and at last by the same way ones to other addresses that should arrive. */
  async byFrames(port: number, others: readonly string[] = []): Promise<void> {
    const program = programThatSaysFrames();
    const packets = [...ipv4, ...ipv6, ...others].flatMap((to) => [
      this.#frame(to, 'tcp', port),
      this.#frame(to, 'udp', port),
    ]);
    await inGuest(
      this.#machine,
      [
        `echo ${program} | base64 -d | gunzip > /run/say-frames && chmod 700 /run/say-frames`,
        `/run/say-frames $(cat /sys/class/net/eth0/ifindex) ${packets.join(' ')}`,
      ].join('\n'),
    );
  }

  #frame(to: string, transport: Transport, port: number): string {
    const isIpv4 = !to.includes(':');
    const source = isIpv4 ? ipv4Bytes(this.#gateway.replace(/\.\d+$/, '.15')) : ipv6Bytes('2001:db8::15');
    const destination = isIpv4 ? ipv4Bytes(to) : ipv6Bytes(to);
    const route = { source, destination, sourcePort: this.#sourcePort++, destinationPort: port };
    return transportFrame(Buffer.from('525400123456', 'hex'), transport, route, Buffer.from(`to ${to}`)).toString(
      'hex',
    );
  }
}

/** Compiled for the guest, packed, in Base64. */
function programThatSaysFrames(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tatin-frames-'));
  try {
    const program = path.join(folder, 'say-frames');
    const plain = ['-static', '-nostdlib', '-ffreestanding', '-fno-stack-protector', '-fno-pie', '-no-pie', '-s'];
    execFileSync('cc', ['-O1', ...plain, '-o', program, path.join(import.meta.dirname, 'say-frames.c')]);
    return gzipSync(readFileSync(program)).toString('base64');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

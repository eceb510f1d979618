import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { portForwardSchema } from '../contract/machine.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { guestNetworkOf, defaultSubnet } from './guest-subnet.ts';
import { hostNameServers, parseResolvConf } from './name-servers.ts';
import { guestNames, passtArguments } from './passt.ts';

const network = guestNetworkOf(defaultSubnet);

describe('Name servers of the host', () => {
  it.each([
    ['nameserver 10.0.0.1\nnameserver 10.0.0.2\n', ['10.0.0.1', '10.0.0.2']],
    ['# nameserver 1.1.1.1\nsearch lan\nnameserver\t9.9.9.9 \n', ['9.9.9.9']],
    ['nameserver fe80::1%eth0\nnameserver 0.0.0.0\nnameserver 8.8.8.8', ['8.8.8.8']],
    ['', []],
  ])('are read from %j', (text, expected) => {
    expect(parseResolvConf(text)).toEqual(expected);
  });

  it('on the loopback are replaced by those that it asks itself', async () => {
    using folder = temporaryFolder();
    const [stub, real] = [path.join(folder.path, 'stub'), path.join(folder.path, 'real')];
    writeFileSync(stub, 'nameserver 127.0.0.53\n');
    writeFileSync(real, 'nameserver 10.1.1.1\nnameserver 10.1.1.2\nnameserver 10.1.1.3\nnameserver 10.1.1.4\n');
    expect(await hostNameServers([stub, real])).toEqual({
      first: '127.0.0.53',
      reachable: ['10.1.1.1', '10.1.1.2', '10.1.1.3'],
    });
    expect(await hostNameServers([stub])).toEqual({ first: '127.0.0.53', reachable: [] });
    expect(await hostNameServers([path.join(folder.path, 'none')])).toEqual({ first: undefined, reachable: [] });
  });
});

describe('passt', () => {
  it('closes the loopback, and forwards by address, protocol and port', () => {
    const names = guestNames(network, { first: '10.1.1.1', reachable: ['10.1.1.1'] }, false);
    const forwards = [
      portForwardSchema.parse({ hostPort: 8080, guestPort: 80 }),
      portForwardSchema.parse({ protocol: 'udp', hostAddress: '0.0.0.0', hostPort: 53, guestPort: 53 }),
    ];
    const args = passtArguments({ socket: '/s' }, { guest: network, hostLoopback: false }, names, forwards).join(' ');
    expect(args).toContain('--no-map-gw');
    expect(args).toContain('--one-off');
    expect(args).toContain('--address 10.0.2.15 --netmask 24 --gateway 10.0.2.2 --dns 10.1.1.1');
    expect(args).toContain('--socket /s');
    expect(args).toContain('--tcp-ports 127.0.0.1/8080:80 --udp-ports 0.0.0.0/53:53');
  });

  it('opens the loopback where that is asked for, and takes a connection that it is given', () => {
    const names = guestNames(network, { first: undefined, reachable: [] }, false);
    const args = passtArguments({ descriptor: 3 }, { guest: network, hostLoopback: true }, names, []);
    expect(args).not.toContain('--no-map-gw');
    expect(args.join(' ')).toContain('--fd 3');
  });

  it('passes look-ups to the host’s own server where it can', () => {
    const loopbackOnly = { first: '127.0.0.53', reachable: [] };
    expect(guestNames(network, loopbackOnly, true)).toEqual({
      arguments: ['--dns', '10.0.2.3', '--dns-forward', '10.0.2.3', '--dns-host', '127.0.0.53'],
      works: true,
    });
    expect(guestNames(network, loopbackOnly, false)).toEqual({ arguments: [], works: false });
    expect(guestNames(network, { first: undefined, reachable: [] }, true).works).toBe(false);
  });
});

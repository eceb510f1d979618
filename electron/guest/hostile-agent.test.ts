import type { Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { networkCounters } from '../hypervisor/qemu/host/usage-recorder.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { ControlClient } from './control-client.ts';
import { maxAnswerBytes } from './qemu-agent.ts';
import { execInGuest, guestAddress } from './qemu-guest.ts';
import { type AgentPort, openAgentPort } from './testing/agent-port.ts';
import { serveTartAgent } from './testing/tart-agent.ts';

const never = new AbortController().signal;
/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = 60_000;
/** What may be on its way in the buffers of a socket and of a stream, in bytes. */
const underWay = 4 * 1024 ** 2;

/** A guest that keeps the handshake and then says whatever it likes. */
async function hostileGuest(play: (guest: Socket, command: string) => void): Promise<AgentPort> {
  const port = await openAgentPort();
  const { guest } = port;
  let text = '';
  guest.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      const id = /guest-sync-delimited.*"id":(\d+)/.exec(line)?.[1];
      if (id === undefined) play(guest, line);
      else guest.write(Buffer.concat([Buffer.of(0xff), Buffer.from(`{"return":${id}}\n`)]));
    }
  });
  return port;
}

/** Writes as fast as the other side takes it, until that hangs up. */
function flood(guest: Socket, piece: Buffer): void {
  const more = (): void => {
    while (!guest.destroyed && guest.write(piece));
  };
  guest.on('drain', more);
  more();
}

/** A guest that says this to every question. */
const says = (answer: string) => hostileGuest((guest) => guest.write(`${answer}\n`));
const zeros = Buffer.alloc(65_536);

describe('An agent that says more than an answer has', () => {
  it.each([
    ['a line without an end', zeros],
    ['lines that are no answers', Buffer.alloc(65_536, 'x\n')],
    ['empty lines', Buffer.alloc(65_536, '\n')],
    ['the handshake over and over', Buffer.alloc(65_536, Buffer.from('\u00ff{"return":1}\n', 'latin1'))],
  ])('is hung up on for good: %s', { timeout: patience }, async (_what, piece) => {
    await using end = await hostileGuest((guest, command) => {
      if (command.includes('guest-exec-status')) flood(guest, piece);
      else guest.write('{"return":{"pid":1}}\n');
    });
    const running = execInGuest(end.agent, { path: 'true', args: [] }, never);
    await expect(running).rejects.toMatchObject({ code: expect.stringMatching(/^agent-/) as string });
    await expect.poll(() => end.socket.destroyed, { timeout: patience }).toBe(true);
    expect(end.socket.bytesRead).toBeLessThan(maxAnswerBytes + underWay);
  });

  it('is hung up on also when nobody asks, and says why to who asks later', { timeout: patience }, async () => {
    await using end = await says('');
    flood(end.guest, zeros);
    await expect.poll(() => end.socket.destroyed, { timeout: patience }).toBe(true);
    expect(end.socket.bytesRead).toBeLessThan(maxAnswerBytes + underWay);
    // The guest may close and open its port as often as it likes.
    end.agent.portChanged(false);
    end.agent.portChanged(true);
    expect(end.agent.connected).toBe(false);
    await expect(end.agent.ask(z.unknown(), 'x', undefined, never)).rejects.toMatchObject({
      code: 'agent-unavailable',
      message: 'The agent in the guest was cut off: it sent more than 32 MB at once.',
      hint: expect.stringContaining('start it again') as string,
    });
  });

  it('keeps an answer that comes byte by byte in as much room as it needs', { timeout: patience }, async () => {
    const length = 100_000;
    await using end = await hostileGuest((guest) => {
      guest.setNoDelay(true);
      for (const byte of Buffer.from(`{"return":"${'x'.repeat(length)}"}\n`)) guest.write(Buffer.of(byte));
    });
    expect(await end.agent.ask(z.string(), 'x', undefined, never, patience)).toHaveLength(length);
  });

  it('may give a program’s whole output', { timeout: patience }, async () => {
    const output = Buffer.alloc(16 * 1024 ** 2, 'ü');
    await using end = await hostileGuest((guest, command) => {
      const status = { exited: true, exitcode: 0, 'out-data': output.toString('base64') };
      guest.write(`${JSON.stringify({ return: command.includes('guest-exec-status') ? status : { pid: 1 } })}\n`);
    });
    const { stdout } = await execInGuest(end.agent, { path: 'x', args: [] }, never);
    expect(stdout.equals(output)).toBe(true);
  });
});

describe('An agent that says what none would', () => {
  it.each([
    ['brackets three million deep', `{"return":${'['.repeat(3_000_000)}`],
    ['brackets three million deep, closed', `{"return":${'['.repeat(3_000_000)}${']'.repeat(3_000_000)}}`],
    ['a hundred levels', `{"return":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`],
    ['ten million lists', `{"return":[${'[],'.repeat(10_000_000)}[]]}`],
    ['a million numbers', `{"return":[${'0,'.repeat(1_000_000)}0]}`],
    ['no JSON', 'Hello!'],
    ['neither return nor error', '{"event":"x"}'],
    ['interfaces that are none', '{"return":{"name":"eth0"}}'],
    ['an address that is no text', '{"return":[{"name":"eth0","ip-addresses":[{"ip-address":1}]}]}'],
    ['more interfaces than a guest has', `{"return":[${'{"name":"a"},'.repeat(2000)}{"name":"a"}]}`],
  ])('is not understood: %s', { timeout: patience }, async (_what, answer) => {
    await using end = await says(answer);
    await expect(guestAddress(end.agent, never)).rejects.toMatchObject({
      code: 'agent-failed',
      message: "The agent in the guest gave an answer that can't be understood.",
    });
  });

  it.each(['-1', '0.5', '1e999', '"1"'])('has not counted bytes: %s', async (bytes) => {
    await using end = await says(`{"return":[{"name":"eth0","statistics":{"rx-bytes":${bytes},"tx-bytes":0}}]}`);
    await expect(networkCounters(end.agent)).rejects.toMatchObject({ code: 'agent-failed' });
  });

  it.each([
    ['a code of 1e300', '{"exited":true,"exitcode":1e300}'],
    ['half a code', '{"exited":true,"exitcode":0.5}'],
    ['a code of 33 bits', '{"exited":true,"exitcode":4294967296}'],
    ['a code that is a text', '{"exited":true,"exitcode":"0"}'],
    ['output that is no base64', '{"exited":true,"exitcode":0,"out-data":"\\u001b[2J"}'],
    ['output of half a byte', '{"exited":true,"exitcode":0,"out-data":"A"}'],
    ['output that is a list', '{"exited":true,"exitcode":0,"err-data":[]}'],
  ])('does not end a program: %s', async (_what, status) => {
    await using end = await hostileGuest((guest, command) =>
      guest.write(`{"return":${command.includes('guest-exec-status') ? status : '{"pid":1}'}}\n`),
    );
    await expect(execInGuest(end.agent, { path: 'x', args: [] }, never)).rejects.toMatchObject({
      code: 'agent-failed',
    });
  });

  it.each([
    [3_221_225_477, -1_073_741_819],
    [-1, -1],
    [255, 255],
  ])('ends a program with a code of 32 bits: %d', async (exitcode, expected) => {
    await using end = await hostileGuest((guest, command) => {
      const status = JSON.stringify({ exited: true, exitcode });
      guest.write(`{"return":${command.includes('guest-exec-status') ? status : '{"pid":1}'}}\n`);
    });
    expect((await execInGuest(end.agent, { path: 'x', args: [] }, never)).exitCode).toBe(expected);
  });

  it.each(['-1', '0.5', '1e300', '"1"', 'null'])('does not begin a program: %s as its number', async (pid) => {
    await using end = await says(`{"return":{"pid":${pid}}}`);
    await expect(execInGuest(end.agent, { path: 'x', args: [] }, never)).rejects.toMatchObject({
      code: 'agent-failed',
    });
  });

  it('refuses in words that steer nothing and have an end', async () => {
    await using end = await says(JSON.stringify({ error: { desc: `\u001b]0;x\u0007\u202e${'y'.repeat(100_000)}` } }));
    const refused = execInGuest(end.agent, { path: 'x', args: [] }, never);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(/^“x” was not run: \\u001b\]0;x\\u0007\\u202ey{990,1000}$/) as string,
    });
  });
});

/** What a guest may call its address so that who uses it does something else. */
const noAddresses = [
  '\u001b]0;PWNED-TITLE\u0007\u001b[2J10.0.2.15',
  '-oProxyCommand=touch${IFS}/tmp/pwned',
  '10.0.2.15\n10.0.2.16',
  '10.0.2.15 -x',
  '010.0.2.15',
  '10.0.2',
  '0x0a.0.2.15',
  '10.0.2.15/24',
  '10.0.2.15%eth0',
  '167772687',
  '::ffff:10.0.2.15',
  '127.0.0.1',
  '0.0.0.0',
  '169.254.1.1',
  '224.0.0.1',
  '255.255.255.255',
];

describe('What is no address', () => {
  it.each(noAddresses)('is not taken for one from the QEMU guest agent: %j', async (address) => {
    const interfaces = [{ name: 'eth0', 'ip-addresses': [{ 'ip-address': address, 'ip-address-type': 'ipv4' }] }];
    await using end = await says(JSON.stringify({ return: interfaces }));
    await expect(guestAddress(end.agent, never)).rejects.toMatchObject({ code: 'no-address' });
  });

  it('is not taken for one from Tart’s agent', async () => {
    using folder = temporaryFolder();
    const socketPath = path.join(folder.path, 'control.sock');
    let address = '';
    await using _agent = await serveTartAgent(socketPath, { exec: (call) => call.end(), address: () => address });
    for (address of noAddresses)
      await expect(new ControlClient(socketPath).address(never)).rejects.toMatchObject({ code: 'no-address' });
    address = '192.168.64.2';
    expect(await new ControlClient(socketPath).address(never)).toMatchObject({ ip: '192.168.64.2' });
  });
});

describe('Tart’s agent', () => {
  it('is refused a message that is longer than messages are', async () => {
    using folder = temporaryFolder();
    const socketPath = path.join(folder.path, 'control.sock');
    await using _agent = await serveTartAgent(socketPath, {
      exec: (call) => call.write({ standard_output: { data: Buffer.alloc(5 * 1024 ** 2) } }),
    });
    const running = new ControlClient(socketPath).exec(
      { path: 'x', args: [] },
      { stdout: () => undefined, stderr: () => undefined },
      never,
    );
    await expect(running).rejects.toMatchObject({ code: 'agent-failed' });
  });

  it('sends no more than is taken', { timeout: patience }, async () => {
    using folder = temporaryFolder();
    const socketPath = path.join(folder.path, 'control.sock');
    const piece = Buffer.alloc(65_536);
    let sent = 0;
    await using agent = await serveTartAgent(socketPath, {
      exec: (call) => {
        const more = (): void => {
          for (let fits = true; fits; sent += piece.length) fits = call.write({ standard_output: { data: piece } });
          call.once('drain', more);
        };
        more();
      },
    });
    const held = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const running = new ControlClient(socketPath).exec(
      { path: 'yes', args: [] },
      {
        stdout: () => {
          begun.resolve(undefined);
          return held.promise;
        },
        stderr: () => undefined,
      },
      never,
    );
    await begun.promise;
    // It stops by itself: what it sent is the same at two looks.
    let before = -1;
    await expect.poll(() => before === (before = sent), { timeout: patience, interval: 500 }).toBe(true);
    expect(sent).toBeLessThan(underWay);
    agent.die();
    held.resolve(undefined);
    await expect(running).rejects.toBeInstanceOf(AppError);
  });
});

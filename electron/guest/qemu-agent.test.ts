import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AgentRefusal } from './qemu-agent.ts';
import { type AgentPort, openAgentPort } from './testing/agent-port.ts';
import { execInGuest, firstGlobalIpv4, guestAddress } from './qemu-guest.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

type Answer = (command: { execute: string; arguments?: Record<string, unknown> }) => object | undefined;

/** The guest's end of the port, as far as the protocol goes: an agent that answers line by line. */
async function guestEnd(answer: Answer, sendIn: (bytes: Buffer) => Buffer[] = (bytes) => [bytes]): Promise<AgentPort> {
  const port = await openAgentPort();
  const { guest } = port;
  let text = '';
  const say = (bytes: Buffer) => sendIn(bytes).forEach((piece) => guest.write(piece));
  guest.on('data', (bytes: Buffer) => {
    // The real agent forgets what came before the byte that no UTF-8 has, and complains.
    const mark = bytes.lastIndexOf(0xff);
    if (mark >= 0) {
      text = '';
      say(Buffer.from('{"error": {"class": "GenericError", "desc": "JSON parse error, stray input"}}\n'));
    }
    text += bytes.toString('utf8', mark + 1);
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const command = JSON.parse(text.slice(0, end)) as { execute: string; arguments?: Record<string, unknown> };
      text = text.slice(end + 1);
      if (command.execute === 'guest-sync-delimited')
        say(Buffer.concat([Buffer.of(0xff), Buffer.from(`${JSON.stringify({ return: command.arguments?.id })}\n`)]));
      else {
        const reply = answer(command);
        if (reply !== undefined) say(Buffer.from(`${JSON.stringify(reply)}\n`));
      }
    }
  });
  return port;
}

const never = new AbortController().signal;
const echo: Answer = ({ arguments: args }) => ({ return: args });

describe('A client of the QEMU guest agent', () => {
  it('asks one thing after the other', async () => {
    await using end = await guestEnd(echo);
    const answers = await Promise.all([1, 2, 3].map((n) => end.agent.ask(z.unknown(), 'x', { n }, never)));
    expect(answers).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('passes on what the agent refuses', async () => {
    await using end = await guestEnd(() => ({ error: { class: 'GenericError', desc: 'no such thing' } }));
    const refused = end.agent.ask(z.unknown(), 'x', undefined, never);
    await expect(refused).rejects.toBeInstanceOf(AgentRefusal);
    await expect(refused).rejects.toThrow('no such thing');
  });

  it('drops the answer to a command that was given up, and all that an earlier client left', async () => {
    let held: (() => void) | undefined;
    await using end = await guestEnd(({ execute, arguments: args }) => {
      if (execute === 'slow') held = () => end.guest.write('{"return": "late"}\n');
      return execute === 'slow' ? undefined : { return: args };
    });
    end.guest.write('{"return": "to somebody else"}\n{"ret');
    const stop = new AbortController();
    const given = end.agent.ask(z.unknown(), 'slow', undefined, stop.signal);
    await expect.poll(() => held, patience).toBeDefined();
    stop.abort();
    await expect(given).rejects.toThrow();
    held?.();
    expect(await end.agent.ask(z.unknown(), 'x', { n: 5 }, never)).toEqual({ n: 5 });
  });

  it('says in time that the agent is silent', async () => {
    await using end = await guestEnd(() => undefined);
    await expect(end.agent.ask(z.unknown(), 'x', undefined, never, 50)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('says at once that there is no agent, also to who waits when it goes', async () => {
    await using end = await guestEnd(() => undefined);
    const waiting = end.agent.ask(z.unknown(), 'x', undefined, never);
    await once(end.guest, 'data');
    end.agent.portChanged(false);
    await expect(waiting).rejects.toMatchObject({ code: 'agent-unavailable', retry: true });
    await expect(end.agent.ask(z.unknown(), 'x', undefined, never)).rejects.toMatchObject({
      code: 'agent-unavailable',
    });
    end.agent.portChanged(true);
    expect(end.agent.connected).toBe(true);
  });

  it('understands answers however they are cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (value, cuts) => {
          const inPieces = (bytes: Buffer) => {
            const pieces: Buffer[] = [];
            for (let from = 0, cut = 0; from < bytes.length; cut++) {
              const length = cuts[cut % cuts.length] ?? 1;
              pieces.push(bytes.subarray(from, from + length));
              from += length;
            }
            return pieces;
          };
          await using end = await guestEnd(() => ({ return: { value } }), inPieces);
          const expected: unknown = JSON.parse(JSON.stringify({ value }));
          expect(await end.agent.ask(z.unknown(), 'x', undefined, never)).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('Running a program in the guest', () => {
  it('waits for its end and gives both streams', async () => {
    let asked = 0;
    const commands: unknown[] = [];
    await using end = await guestEnd((command) => {
      commands.push(command);
      if (command.execute === 'guest-exec') return { return: { pid: 7 } };
      asked++;
      if (asked < 3) return { return: { exited: false } };
      const data = (text: string) => Buffer.from(text).toString('base64');
      return { return: { exited: true, exitcode: 3, 'out-data': data('out'), 'err-data': data('err') } };
    });
    const input = Buffer.from('in');
    const outcome = await execInGuest(end.agent, { path: 'cat', args: ['-', 'a b'], input }, never);
    expect(outcome).toEqual({ exitCode: 3, stdout: Buffer.from('out'), stderr: Buffer.from('err'), truncated: false });
    expect(commands[0]).toEqual({
      execute: 'guest-exec',
      arguments: { path: 'cat', arg: ['-', 'a b'], 'capture-output': true, 'input-data': 'aW4=' },
    });
  });

  it('gives -1 for one that a signal ended', async () => {
    await using end = await guestEnd(({ execute }) =>
      execute === 'guest-exec' ? { return: { pid: 7 } } : { return: { exited: true, signal: 9 } },
    );
    expect((await execInGuest(end.agent, { path: 'x', args: [] }, never)).exitCode).toBe(-1);
  });

  it('fails in words when there is no such program', async () => {
    await using end = await guestEnd(() => ({ error: { desc: 'Failed to execute child process “x”' } }));
    await expect(execInGuest(end.agent, { path: 'x', args: [] }, never)).rejects.toMatchObject({
      code: 'agent-failed',
      message: '“x” was not run: Failed to execute child process “x”',
    });
  });
});

describe("The guest's address", () => {
  it.each([
    [
      [
        ['lo', '127.0.0.1', 'ipv4'],
        ['eth0', 'fe80::1', 'ipv6'],
        ['eth0', '10.0.2.15', 'ipv4'],
      ],
      '10.0.2.15',
    ],
    [[['eth0', '169.254.3.4', 'ipv4']], undefined],
    [
      [
        ['docker0', '172.17.0.1', 'ipv4'],
        ['enp0s1', '192.168.64.2', 'ipv4'],
      ],
      '192.168.64.2',
    ],
    [[['br-1f', '172.17.0.1', 'ipv4']], '172.17.0.1'],
    [[], undefined],
  ])('among %o is %s', (rows, expected) => {
    expect(firstGlobalIpv4(rows.map(([name = '', ip = '', type = '']) => ({ interface: name, ip, type })))).toBe(
      expected,
    );
  });

  it('is missing in words while there is none', async () => {
    await using end = await guestEnd(() => ({ return: [{ name: 'lo' }] }));
    await expect(guestAddress(end.agent, never)).rejects.toMatchObject({ code: 'no-address', retry: true });
  });
});

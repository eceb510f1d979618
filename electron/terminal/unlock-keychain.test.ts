import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { Terminal } from './terminal.ts';
import { offerUnlock } from './unlock-keychain.ts';

const locked = new AppError('keychain-locked', 'The Keychain with your logins is locked.');

/** A person at a terminal who types `answer`. */
function personTyping(answer: string, isTTY = true): { terminal: Terminal; said: () => string } {
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: () => undefined, isRaw: false });
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const said: Buffer[] = [];
  stderr.on('data', (bytes: Buffer) => said.push(bytes));
  stdin.write(answer);
  // The parts of Node's streams that a terminal uses.
  const streams = { stdin, stdout: new PassThrough(), stderr } as unknown as ConstructorParameters<typeof Terminal>[0];
  return { terminal: new Terminal(streams), said: () => Buffer.concat(said).toString() };
}

async function offered(answer: string, exitCode: number, error: unknown = locked, isTTY = true, platform = 'darwin') {
  const { terminal, said } = personTyping(answer, isTTY);
  using _open = terminal;
  const ran: unknown[] = [];
  const unlocked = await offerUnlock(error, terminal, {
    platform: platform as NodeJS.Platform,
    run: (program, args) => {
      ran.push([program, ...args]);
      return Promise.resolve(exitCode);
    },
  });
  return { unlocked, ran, said: said() };
}

const unlock = ['/usr/bin/security', 'unlock-keychain', 'login.keychain'];

describe('the offer to unlock the Keychain', () => {
  it('runs one fixed command when a person agrees', async () => {
    for (const answer of ['\r', 'y\r', 'YES\n']) {
      const { unlocked, ran, said } = await offered(answer, 0);
      expect({ unlocked, ran }).toEqual({ unlocked: true, ran: [unlock] });
      expect(said).toContain('The Keychain with your logins is locked.');
    }
  });

  it('says so when it stayed locked', async () => {
    expect(await offered('\r', 51)).toMatchObject({ unlocked: false, ran: [unlock] });
  });

  it('runs nothing for a person who declines', async () => {
    expect(await offered('n\r', 0)).toMatchObject({ unlocked: false, ran: [] });
  });

  it('is not made where nobody can answer, elsewhere, or for another error', async () => {
    const none = { unlocked: false, ran: [], said: '' };
    expect(await offered('\r', 0, locked, false)).toEqual(none);
    expect(await offered('\r', 0, locked, true, 'linux')).toEqual(none);
    expect(await offered('\r', 0, new AppError('timeout', 'Late.'))).toEqual(none);
    expect(await offered('\r', 0, new Error('boom'))).toEqual(none);
  });
});

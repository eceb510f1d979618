import { type Check, type Finding, passed, skipped } from '../check.ts';

/** Tokens of registries last a minute at the least, and certificates are judged by the hour. */
const tolerableSeconds = 30;

/** A clock that is wrong makes registries refuse tokens and certificates, and guests copy it. */
export const clock: Check = {
  id: 'clock',
  title: 'Clock',
  async look({ platform, run }, signal) {
    if (platform === 'darwin') {
      const { stdout } = await run('/usr/bin/sntp', ['-t', '2', 'time.apple.com'], { signal });
      return judgeOffset(offsetOf(stdout));
    }
    const { exitCode, stdout } = await run('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
      signal,
    });
    return judgeSynchronized(exitCode === 0 ? stdout.trim() : undefined);
  },
};

/** `+0.012345 +/- 0.023456 time.apple.com 17.253.14.125` */
export function offsetOf(printed: string): number | undefined {
  const seconds = /^([+-]\d+\.\d+) \+\/- /m.exec(printed)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

export function judgeOffset(seconds: number | undefined): Finding {
  if (seconds === undefined) return skipped('No time server answered.');
  const lookedAt = 'Asked time.apple.com.';
  const off = Math.abs(seconds);
  if (off <= tolerableSeconds) return passed(`${off.toFixed(2)} s off network time`, lookedAt);
  return {
    state: 'failed',
    summary: `The clock is ${Math.round(off)} s ${seconds > 0 ? 'slow' : 'fast'}: registries refuse tokens, and certificates may seem out of date.`,
    lookedAt,
    cures: [{ id: 'set-clock', title: 'Set It', kind: 'command', says: 'sudo sntp -sS time.apple.com' }],
  };
}

export function judgeSynchronized(answer: string | undefined): Finding {
  if (answer === undefined) return skipped('This computer does not say whether its clock follows a time server.');
  const lookedAt = 'Asked timedatectl.';
  if (answer === 'yes') return passed('Follows a time server', lookedAt);
  return {
    state: 'attention',
    summary: 'The clock follows no time server. If it drifts, registries refuse tokens.',
    lookedAt,
    cures: [{ id: 'follow', title: 'Follow One', kind: 'command', says: 'sudo timedatectl set-ntp true' }],
  };
}

import { describe, expect, it } from 'vitest';
import { compare, median } from './measure.ts';
import { ratioText, table } from './results.ts';
import { typedByHand } from './start.ts';

describe('median', () => {
  it('is the value in the middle, or between the two there', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(() => median([])).toThrow('no median');
  });
});

describe('compare', () => {
  it('lets both sides go in turn, after a round that does not count, and takes the median of the ratios', async () => {
    const calls: string[] = [];
    const side = (name: string, values: number[]) => ({
      name,
      once: () => {
        calls.push(name);
        return Promise.resolve(values.shift() ?? 0);
      },
    });
    const question = { key: 'k', question: 'How long?', unit: 's' as const, target: 3 };
    const result = await compare(question, side('a', [99, 2, 9, 4]), side('b', [99, 1, 3, 1]), 3, () => undefined);
    expect(calls.join('')).toBe('ab' + 'ab' + 'ba' + 'ab');
    expect(result).toMatchObject({ ratio: 3, ours: { samples: [2, 9, 4], median: 4 }, peer: { median: 1 } });
  });
});

describe('table', () => {
  const result = {
    key: 'k',
    question: 'How long?',
    unit: 's' as const,
    target: 1.1,
    ours: { name: 'ours', samples: [2], median: 2 },
    peer: { name: 'theirs', samples: [1], median: 1 },
    ratio: 2,
    machine: 'a machine',
    at: '2026-05-12T12:00:00.000Z',
  };

  it('says what was missed', () => {
    expect(ratioText(result)).toBe('2.00 (goal: 1.1, missed)');
    expect(ratioText({ ...result, ratio: 1.04 })).toBe('1.04 (goal: 1.1)');
  });

  it('names the machine once', () => {
    const text = table([result, { ...result, key: 'l' }]);
    expect(text).toContain('| How long? | ours: 2.00 s | theirs: 1.00 s | 2.00 (goal: 1.1, missed) |');
    expect(text.match(/a machine/g)).toHaveLength(1);
  });
});

describe('typedByHand', () => {
  it('changes nothing but who is at the other end of the ports', () => {
    const qemu = [
      ...['qemu', '-m', '512M', '-chardev', 'socket,id=qmp,path=qmp.sock,server=off'],
      ...['-chardev', 'socket,id=serial,path=serial.sock,server=off', '-serial', 'chardev:serial'],
      ...['-netdev', 'stream,id=network,server=off,addr.type=unix,addr.path=/tmp/x/passt.sock'],
    ];
    expect(typedByHand(qemu, '/y/passt.sock')).toEqual([
      ...['qemu', '-m', '512M', '-chardev', 'socket,id=qmp,path=qmp.sock,server=on,wait=off'],
      ...['-chardev', 'stdio,id=serial,signal=off', '-serial', 'chardev:serial'],
      ...['-netdev', 'stream,id=network,server=off,addr.type=unix,addr.path=/y/passt.sock'],
    ]);
  });
});

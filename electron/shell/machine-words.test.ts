import { describe, expect, it } from 'vitest';
import { countWords, detailOf, glyphOf, runningCount } from './machine-words.ts';
import { address, machine, since, states } from './testing/fixtures.ts';

const later = (seconds: number) => new Date(Date.parse(since) + seconds * 1000);

describe('detailOf', () => {
  it('is the address of a running machine, and the word until there is one', () => {
    expect(detailOf(machine('a', states.running, address('192.168.64.12')))).toBe('192.168.64.12');
    expect(detailOf(machine('a', states.running))).toBe('Running');
  });

  it('is the short reason of a failure, where there is one', () => {
    expect(detailOf(machine('a', states.failed))).toBe('Disk full');
    const other = { ...states.failed, error: { code: 'unexpected', message: 'Hm.' } } as const;
    expect(detailOf(machine('a', other))).toBe('Failed');
  });

  it('says how long a passing state has lasted, if the time is known', () => {
    expect(detailOf(machine('a', states.starting), later(6.2))).toBe('Starting, 6 s');
    expect(detailOf(machine('a', states.saving), later(130))).toBe('Saving, 2 min');
    expect(detailOf(machine('a', states.stopping), later(-5))).toBe('Stopping, 0 s');
    expect(detailOf(machine('a', states.starting))).toBe('Starting');
    expect(detailOf(machine('a', states.paused), later(60))).toBe('Paused');
  });
});

describe('countWords', () => {
  it('leaves out what there is none of', () => {
    expect(countWords([machine('a', states.running), machine('b', states.suspended), machine('c')])).toBe(
      '1 running, 1 suspended',
    );
    expect(countWords([machine('c')])).toBe('No virtual machine is running');
  });
});

describe('runningCount', () => {
  it('counts running machines only', () => {
    expect(runningCount([machine('a', states.running), machine('b', states.paused), machine('c')])).toBe(1);
  });
});

describe('glyphOf', () => {
  it('has a shape for every state but stopped', () => {
    const without = Object.values(states).filter((state) => glyphOf(state) === undefined);
    expect(without.map((state) => state.phase)).toEqual(['stopped']);
  });
});

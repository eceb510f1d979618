import { describe, expect, it } from 'vitest';
import type { Vm } from '../../electron/contract/machine.ts';
import { machine, noAnnotations, running, then, unreadable, variedLibrary } from '../testing/fixtures.ts';
import { isIn, matches, type Showing, shownVms, tagsOf } from './shown.ts';

const everything: Showing = { filter: { by: 'all' }, query: '', sort: 'name', descending: false };
const map = (vms: readonly Vm[]): Map<string, Vm> => new Map(vms.map((vm) => [vm.id, vm]));
const names = (vms: readonly Vm[], showing: Partial<Showing> = {}): string[] =>
  shownVms(map(vms), { ...everything, ...showing }).map(({ name }) => name);

describe('shownVms', () => {
  it('sorts numbers in names as numbers, and capitals among the rest', () => {
    expect(names(['build-10', 'Build-2', 'alpha'].map((name) => machine(name)))).toEqual([
      'alpha',
      'Build-2',
      'build-10',
    ]);
  });

  it('puts what runs first by state, and what can’t be read last', () => {
    const sorted = names(variedLibrary(), { sort: 'state' });
    expect(sorted[0]).toBe('alpine-db');
    expect(sorted.at(-1)).toBe('old-copy');
  });

  it('puts the latest first by use, and the largest first by size', () => {
    const vms = [
      machine('old', { accessedAt: '2025-01-01T00:00:00.000Z', allocatedBytes: 9 }),
      machine('new', { accessedAt: then, allocatedBytes: 1 }),
    ];
    expect(names(vms, { sort: 'used' })).toEqual(['new', 'old']);
    expect(names(vms, { sort: 'size' })).toEqual(['old', 'new']);
    expect(names(vms, { sort: 'size', descending: true })).toEqual(['new', 'old']);
  });
});

describe('isIn', () => {
  it('counts whatever has a process as running', () => {
    expect(isIn(machine('a', { state: running }), { by: 'running' })).toBe(true);
    expect(isIn(machine('a', { state: { phase: 'paused', since: then } }), { by: 'running' })).toBe(true);
    expect(isIn(machine('a', { state: { phase: 'suspended', since: then } }), { by: 'running' })).toBe(false);
    expect(isIn(machine('a'), { by: 'running' })).toBe(false);
  });

  it('shows what can’t be read among all, and nowhere else', () => {
    expect(isIn(unreadable('a'), { by: 'all' })).toBe(true);
    expect(isIn(unreadable('a'), { by: 'running' })).toBe(false);
    expect(isIn(unreadable('a'), { by: 'tag', tag: 'ci' })).toBe(false);
  });
});

describe('matches', () => {
  const vm = machine('web-server', {
    annotations: { ...noAnnotations, system: 'Debian 12', tags: ['ci'], notes: 'Signing identity' },
    address: { ip: '10.0.2.15', source: 'agent', at: then },
  });

  it.each(['WEB', 'debian', 'ci', 'signing', '10.0.2', 'web debian', '  '])('finds it by “%s”', (query) => {
    expect(matches(vm, query)).toBe(true);
  });

  it('wants every word', () => {
    expect(matches(vm, 'web fedora')).toBe(false);
  });

  it('finds what can’t be read by its reason', () => {
    expect(matches(unreadable('copy'), 'line 14')).toBe(true);
  });
});

describe('tagsOf', () => {
  it('counts each tag, by name', () => {
    const tagged = (name: string, ...tags: string[]): Vm => machine(name, { annotations: { ...noAnnotations, tags } });
    expect(tagsOf(map([tagged('a', 'web', 'ci'), tagged('b', 'ci'), unreadable('c')]))).toEqual([
      ['ci', 2],
      ['web', 1],
    ]);
  });
});

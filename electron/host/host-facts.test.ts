import { availableParallelism, totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { hostSchema } from '../contract/host.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { readHostFacts } from './host-facts.ts';

const facts = hostSchema.omit({ guests: true, demoGuest: true });

describe('readHostFacts', () => {
  it('says what this host is, within the contract', async () => {
    using folder = temporaryFolder();
    const host = await readHostFacts(folder.path);
    expect(facts.parse(host)).toEqual(host);
    expect(host.cpuCount).toBe(availableParallelism());
    expect(host.memoryBytes).toBe(totalmem());
    expect(host.memoryAvailableBytes).toBeGreaterThan(0);
    expect(host.memoryAvailableBytes).toBeLessThan(host.memoryBytes);
    expect(host.processor).not.toBe('');
    expect(host.home.freeBytes).toBeGreaterThan(0);
    expect(host.home.error).toBeUndefined();
    expect(host.places).toContainEqual({ name: 'Computer', path: '/' });
  });

  it('says why a home can not be read', async () => {
    const { home } = await readHostFacts('/dev/null/none');
    expect(home).toMatchObject({ path: '/dev/null/none', freeBytes: 0 });
    expect(home.error).toContain('/dev/null/none');
  });
});

import { describe, expect, it } from 'vitest';
import { platformDriver } from './platform-driver.ts';

describe('The driver of a platform', () => {
  it.each([
    ['darwin', 'vz'],
    ['linux', 'qemu'],
  ] as const)('on %s is %s', (platform, kind) => {
    expect(platformDriver({ runtimeFolder: '/run', cacheFolder: '/cache' }, platform).kind).toBe(kind);
  });
});

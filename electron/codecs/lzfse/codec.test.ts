import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { vectorNamed } from './testing/vectors.ts';

describe('the codec where its native part is not built', () => {
  beforeEach(() => {
    vi.resetModules();
    vi.stubEnv('TATIN_NATIVE_DIR', '/nonexistent');
  });
  afterEach(() => vi.unstubAllEnvs());

  it('does the same in TypeScript', async () => {
    const { isNative, packLzfse, unpackLzfse } = await import('./codec.ts');
    expect(isNative()).toBe(false);
    const { packed, plainBytes, plainSha256 } = vectorNamed('text');
    const plain = new Uint8Array(plainBytes);
    await unpackLzfse(packed, plain);
    expect(createHash('sha256').update(plain).digest('hex')).toBe(plainSha256);
    const again = new Uint8Array(plainBytes);
    const length = await packLzfse(plain, again);
    expect(length).toBeLessThan(plainBytes / 2);
    await unpackLzfse(again.subarray(0, length), plain);
    expect(createHash('sha256').update(plain).digest('hex')).toBe(plainSha256);
    await expect(unpackLzfse(packed.subarray(0, 99), plain)).rejects.toThrow('cut off');
  });
});

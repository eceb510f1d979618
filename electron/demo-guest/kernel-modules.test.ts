import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadOrder, parseModuleNeeds } from './kernel-modules.ts';

const text = `kernel/drivers/virtio/virtio_ring.ko:
kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/char/hw_random/virtio-rng.ko: kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/fs/fuse/fuse.ko:
`;

describe('loadOrder', () => {
  it('puts a module after what it needs, under either spelling of its name', () => {
    const files = ['virtio_ring', 'virtio'].map((name) => `kernel/drivers/virtio/${name}.ko`);
    const expected = [...files, 'kernel/drivers/char/hw_random/virtio-rng.ko'];
    expect(loadOrder(parseModuleNeeds(text), ['virtio-rng'])).toEqual(expected);
    expect(loadOrder(parseModuleNeeds(text), ['virtio_rng', 'virtio'])).toEqual(expected);
  });

  it('leaves out what the kernel has not, or has built in', () => {
    expect(loadOrder(parseModuleNeeds(text), ['ext4', 'fuse'])).toEqual(['kernel/fs/fuse/fuse.ko']);
  });

  it('keeps that order for any modules that need only earlier ones', () => {
    const needs = fc
      .array(fc.array(fc.nat()), { minLength: 1, maxLength: 30 })
      .map(
        (lists) =>
          new Map(
            lists.map((list, index) => [`m${index}.ko`, list.flatMap((n) => (index > 0 ? [`m${n % index}.ko`] : []))]),
          ),
      );
    fc.assert(
      fc.property(needs, (map) => {
        const order = loadOrder(
          map,
          [...map.keys()].reverse().map((file) => file.replace('.ko', '')),
        );
        expect(new Set(order)).toEqual(new Set(map.keys()));
        for (const [file, earlier] of map)
          for (const needed of earlier) expect(order.indexOf(needed)).toBeLessThan(order.indexOf(file));
      }),
    );
  });
});

import type { VzFacts } from '../document.ts';

const gibibyte = 1024 ** 3;

/** A Mac of today that can do everything, but for what is said. */
export function macFacts(more: Partial<VzFacts> = {}): VzFacts {
  return {
    macOS: { major: 27, minor: 0 },
    supported: true,
    entitled: true,
    macGuests: true,
    cpuCount: { min: 1, max: 12 },
    memoryBytes: { min: 128 * 1024 ** 2, max: 64 * gibibyte },
    rosetta: 'installed',
    nested: true,
    savesState: true,
    ownSubnets: true,
    provisioning: true,
    bridgedInterfaces: [
      { identifier: 'en0', name: 'Wi-Fi' },
      { identifier: 'bridge0', name: 'Thunderbolt Bridge' },
    ],
    ...more,
  };
}

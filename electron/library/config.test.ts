import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig, printConfig } from './config.ts';
import { ConfigError } from '../files/config-error.ts';
import { tartConfig } from './testing/temporary-home.ts';

function complaint(json: string): string {
  try {
    parseConfig(json);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'fine';
}

function withChanges(changes: Record<string, unknown>): string {
  return JSON.stringify({ ...(JSON.parse(tartConfig) as object), ...changes });
}

const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':'));
const positive = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
/** A config.json in any order, with keys that nobody knows. */
const anyConfig = fc
  .record({
    known: fc.record(
      {
        version: fc.constant(1),
        os: fc.constant('linux'),
        arch: fc.constantFrom('arm64', 'amd64'),
        cpuCountMin: positive,
        cpuCount: positive,
        memorySizeMin: positive,
        memorySize: positive,
        macAddress: mac,
        display: fc.record(
          { width: positive, height: positive, unit: fc.constantFrom('pt', 'px'), x: fc.jsonValue() },
          { requiredKeys: ['width', 'height'] },
        ),
        displayRefit: fc.boolean(),
        diskFormat: fc.constantFrom('raw', 'asif'),
      },
      {
        requiredKeys: [
          'version',
          'os',
          'arch',
          'cpuCountMin',
          'cpuCount',
          'memorySizeMin',
          'memorySize',
          'macAddress',
          'display',
          'diskFormat',
        ],
      },
    ),
    // Whole numbers as keys come first in every JavaScript object, wherever they stood.
    unknown: fc.dictionary(
      fc.string().filter((key) => !/^\d+$/.test(key)),
      fc.jsonValue(),
    ),
    order: fc.infiniteStream(fc.nat()),
  })
  .map(({ known, unknown, order }) => {
    const entries = Object.entries({ ...unknown, ...known }).map((entry) => ({
      entry,
      place: order.next().value as number,
    }));
    return JSON.parse(
      JSON.stringify(Object.fromEntries(entries.sort((a, b) => a.place - b.place).map(({ entry }) => entry))),
    ) as Record<string, unknown>;
  });

describe('parseConfig', () => {
  it('reads what Tart wrote', () => {
    expect(parseConfig(tartConfig)).toMatchObject({
      version: 1,
      os: 'linux',
      arch: 'arm64',
      cpuCount: 4,
      memorySize: 16 * 1024 ** 3,
      memorySizeMin: 4 * 1024 ** 3,
      macAddress: '7a:0b:2c:00:4e:5f',
      display: { width: 1920, height: 1200 },
      diskFormat: 'raw',
    });
  });

  it('fills in what old Tarts left out', () => {
    const old = withChanges({
      os: undefined,
      arch: undefined,
      display: undefined,
      ecid: 'YQ==',
      hardwareModel: 'YQ==',
    });
    expect(parseConfig(old)).toMatchObject({ os: 'darwin', arch: 'arm64', display: { width: 1024, height: 768 } });
  });

  it('takes a MAC address in capitals and without leading zeros', () => {
    expect(parseConfig(withChanges({ macAddress: 'A:B:CC:0:1:2' })).macAddress).toBe('0a:0b:cc:00:01:02');
  });

  it('takes a disk format or a unit that it does not know for the usual one', () => {
    expect(parseConfig(withChanges({ diskFormat: 'later' })).diskFormat).toBe('raw');
    expect(parseConfig(withChanges({ display: { width: 1, height: 2, unit: 'em' } })).display).toEqual({
      width: 1,
      height: 2,
    });
  });

  it.each([
    [{ cpuCount: undefined }, 'cpuCount is missing in config.json'],
    [{ cpuCount: '4' }, 'cpuCount is not a whole number in config.json'],
    [{ cpuCount: 1.5 }, 'cpuCount is not a whole number in config.json'],
    [{ memorySize: 0 }, 'memorySize is not above zero in config.json'],
    [{ macAddress: 'none' }, 'macAddress is not a MAC address in config.json'],
    [{ display: { width: 1 } }, 'display.height is missing in config.json'],
    [{ display: 3 }, 'display is not an object with width and height in config.json'],
    [{ os: 'beos' }, 'os is neither "darwin" nor "linux" in config.json'],
    [{ os: 'darwin' }, 'ecid is missing in config.json'],
    [{ version: undefined }, 'version is missing in config.json'],
  ])('says what is wrong with %j', (changes, said) => expect(complaint(withChanges(changes))).toBe(said));

  it('says in which line a file ends that was cut', () => {
    expect(complaint(tartConfig.split('\n').slice(0, 14).join('\n'))).toBe('config.json ends in line 14');
    expect(complaint('[]')).toBe('config.json is not a JSON object');
  });

  it('never fails but with a line for the user', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(complaint(text)).not.toContain('\n');
      }),
    );
  });
});

describe('printConfig', () => {
  it('writes a file of Tart back as it was, but for what Tart always writes', () => {
    expect(printConfig(parseConfig(tartConfig))).toBe(tartConfig.replace(/\n}$/, ',\n  "diskFormat" : "raw"\n}'));
  });

  it('keeps all keys, their order and their values when one is changed', () => {
    fc.assert(
      fc.property(anyConfig, positive, (document, cpuCount) => {
        const config = parseConfig(JSON.stringify(document));
        const written = JSON.parse(printConfig({ ...config, cpuCount })) as Record<string, unknown>;
        expect(written).toEqual({ ...document, cpuCount });
        expect(Object.keys(written)).toEqual(Object.keys(document));
      }),
    );
  });

  it('is read as the same config', () => {
    fc.assert(
      fc.property(anyConfig, (document) => {
        const { document: _, ...config } = parseConfig(JSON.stringify(document));
        expect(parseConfig(printConfig(parseConfig(JSON.stringify(document))))).toMatchObject(config);
      }),
    );
  });

  it('takes out what was unset', () => {
    const config = parseConfig(withChanges({ displayRefit: true, display: { width: 1, height: 2, unit: 'px' } }));
    const written = JSON.parse(
      printConfig({ ...config, displayRefit: undefined, display: { width: 3, height: 4 } }),
    ) as object;
    expect(written).not.toHaveProperty('displayRefit');
    expect(written).toMatchObject({ display: { width: 3, height: 4 } });
    expect(written).not.toHaveProperty('display.unit');
  });
});

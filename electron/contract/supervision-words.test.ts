import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scheduledActionSchema, scheduleEntrySchema, weekdays } from './supervision.ts';
import { parseHealthCheck, parseScheduleEntry, printHealthCheck, printScheduleEntry } from './supervision-words.ts';

const anyPort = fc.integer({ min: 1, max: 65_535 });
const anyPath = fc
  .string({ unit: fc.constantFrom('a', 'b', '/', '?', '=', '&', '%', '2', '.', '~', ':'), maxLength: 20 })
  .map((text) => `/${text}`);
const anyCheck = fc.oneof(
  fc.constant({ by: 'agent' } as const),
  anyPort.map((port) => ({ by: 'tcp', port }) as const),
  fc.record({ by: fc.constant('http' as const), port: anyPort, path: anyPath }),
);
const two = (number: number): string => String(number).padStart(2, '0');
const anyEntry = fc
  .record({
    action: fc.constantFrom(...scheduledActionSchema.options),
    hour: fc.integer({ min: 0, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
    days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
  })
  .map(({ action, hour, minute, days }) =>
    scheduleEntrySchema.parse({ action, time: `${two(hour)}:${two(minute)}`, days }),
  );

describe('A health check in words', () => {
  it('is read as it is printed', () => {
    fc.assert(
      fc.property(anyCheck, (check) => {
        expect(parseHealthCheck(printHealthCheck(check))).toEqual(check);
      }),
    );
  });

  it.each(['', 'agent:1', 'tcp', 'tcp:0', 'tcp:70000', 'tcp:22/x', 'http', 'http:80 /x', 'http:80/a b', 'udp:53'])(
    'is none: %j',
    (text) => expect(parseHealthCheck(text)).toBeUndefined(),
  );

  it('asks a web server for its first page if not told otherwise', () => {
    expect(parseHealthCheck('http:8080')).toEqual({ by: 'http', port: 8080, path: '/' });
  });
});

describe('A schedule in words', () => {
  it('is read as it is printed', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        expect(parseScheduleEntry(printScheduleEntry(entry))).toEqual(entry);
      }),
    );
  });

  it.each([
    ['suspend mon-fri 19:30', 'suspend mon-fri 19:30'],
    ['Start Monday,wednesday 8:00', 'start mon,wed 08:00'],
    ['shut-down fri-mon 00:00', 'shut-down mon,fri-sun 00:00'],
    ['start sat,sun 07:05', 'start sat,sun 07:05'],
    ['start mon,tue,wed,thu,fri,sat,sun 07:05', 'start daily 07:05'],
  ])('%s is %s', (text, printed) => {
    const entry = parseScheduleEntry(text);
    expect(entry === undefined ? undefined : printScheduleEntry(entry)).toBe(printed);
  });

  it.each([
    '',
    'start',
    'start 08:00',
    'start mon 24:00',
    'start mon 8',
    'start mon- 08:00',
    'stop mon 08:00',
    'start mon 08:00 x',
  ])('is none: %j', (text) => expect(parseScheduleEntry(text)).toBeUndefined());
});

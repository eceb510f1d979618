import { describe, expect, it } from 'vitest';
import { weekdays } from '../../electron/contract/supervision.ts';
import { checkText, daysText, entryText, momentText } from './supervision-words.ts';

describe('The words of schedules', () => {
  it('say days as people do', () => {
    expect(daysText(weekdays)).toBe('Every day');
    expect(daysText(['mon', 'tue', 'wed', 'thu', 'fri'])).toBe('Mon to Fri');
    expect(daysText(['sat', 'sun'])).toBe('Sat, Sun');
    expect(daysText(['mon', 'wed', 'thu', 'fri'])).toBe('Mon, Wed to Fri');
    expect(entryText({ action: 'shut-down', days: ['fri'], time: '19:30' })).toBe('Shut down, Fri at 19:30');
  });

  it('say when the next time is, from today', () => {
    // A Monday, in whatever zone the computer has.
    const now = new Date(2026, 2, 2, 12, 0).getTime();
    const at = (day: number, hour: number): string => momentText(new Date(2026, 2, day, hour, 5).toISOString(), now);
    expect([at(2, 19), at(3, 8), at(6, 8)]).toEqual(['today at 19:05', 'tomorrow at 08:05', 'Fri at 08:05']);
    expect(at(20, 8)).toMatch(/20.* at 08:05$/);
  });
});

it('Checks are said in a few words', () => {
  expect([{ by: 'agent' } as const, { by: 'tcp', port: 22 } as const].map(checkText)).toEqual([
    'Guest agent',
    'Port 22',
  ]);
  expect(checkText({ by: 'http', port: 80, path: '/up' })).toBe('Web page /up at port 80');
});

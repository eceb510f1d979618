import { describe, expect, it } from 'vitest';
import { Report } from './report.mjs';

describe('Report', () => {
  /** @param {boolean} isTTY */
  const make = (isTTY) => {
    const out = { isTTY, text: '', write: (/** @type {string} */ text) => (out.text += text) };
    return { out, report: new Report(out, 3) };
  };

  it('numbers steps, with what came of each', async () => {
    const { out, report } = make(false);
    report.skip('Packages');
    await report.step('Build', async () => 'two parts');
    await expect(report.step('Guest', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(out.text.replaceAll(/\d+ s/g, 'N s')).toBe(
      '[1/3] Packages: up to date\n[2/3] Build …\n[2/3] Build: two parts (N s)\n[3/3] Guest …\n[3/3] Guest: failed (N s)\n',
    );
  });

  it('writes over its own line on a terminal', async () => {
    const { out, report } = make(true);
    await report.step('Build', async () => undefined);
    expect(out.text.replace(/\d+ s/, 'N s')).toBe('[1/3] Build …\r\x1b[K[1/3] Build: done (N s)\n');
  });
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aboutPanel } from './about-panel.ts';

describe('aboutPanel', () => {
  it('names the app, its version and its licence, with an icon that is there', () => {
    const panel = aboutPanel(join(import.meta.dirname, '../..'));
    expect(panel.applicationName).toBe('Tatin');
    expect(panel.applicationVersion).toMatch(/^\d+\.\d+\.\d+/);
    expect(panel.credits).toContain('Apache-2.0');
    expect(existsSync(panel.iconPath ?? '')).toBe(true);
  });
});

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** How a page may be looked at. */
export interface Look {
  readonly colorScheme: 'light' | 'dark';
  readonly contrast?: 'no-preference' | 'more';
}

const lightAndDark: readonly Look[] = [{ colorScheme: 'light' }, { colorScheme: 'dark' }];

/**
 * Expects nothing on a page that keeps people out who see, hear or point differently: no serious or critical fault.
 * @param looks each is tried; the last one stays
 * @param inside what is looked at, where the rest can't be reached now
 */
export async function expectAccessible(
  page: Page,
  { looks = lightAndDark, inside = ':root' }: { looks?: readonly Look[]; inside?: string } = {},
): Promise<void> {
  const found: string[] = [];
  for (const look of looks) {
    await page.emulateMedia(look);
    const { violations } = await new AxeBuilder({ page }).include(inside).analyze();
    for (const { impact, id, nodes } of violations)
      if (impact === 'serious' || impact === 'critical')
        found.push(`${Object.values(look).join(', contrast ')}: ${id} at ${nodes[0]?.target.join(' ') ?? 'nowhere'}`);
  }
  expect(found).toEqual([]);
}

import type { Locator, Page } from '@playwright/test';
import { PNG } from 'pngjs';
import { expect } from '@playwright/test';
import { keystrokesOf } from '../renderer/features/console/keystrokes.ts';

/** Types into the graphical console as a person does on a US board. */
async function type(console: Page, text: string): Promise<void> {
  for (const strokes of keystrokesOf(text).characters)
    for (const { code, down } of strokes)
      if (down) await console.keyboard.down(code);
      else await console.keyboard.up(code);
}

/** Types a line and presses Enter. */
export async function typeLine(console: Page, line: string): Promise<void> {
  await type(console, `${line}\n`);
}

/** A cursor that blinks changes this many pixels at most; an answer of the guest changes more. */
const cursorPixels = 25;

/** Types a line, presses Enter, and waits until the guest's screen shows something else: its next question. */
export async function typeAnswer(console: Page, line: string): Promise<void> {
  const letters = (): Promise<number> => countPixels(console.locator('canvas'), isLetter);
  await type(console, line);
  let before = -1;
  let now = await letters();
  while (Math.abs(now - before) > cursorPixels) [before, now] = [now, await letters()];
  await type(console, '\n');
  // A full screen scrolls, and may then show less than before.
  const change = async (): Promise<number> => Math.abs((await letters()) - now);
  await expect.poll(change, { timeout: 60_000 }).toBeGreaterThan(cursorPixels);
}

/** What the serial pane shows, as text. */
export function serialOf(console: Page): Locator {
  return console.locator('.serial-terminal .xterm-rows');
}

/** Waits until the guest's screen shows the demo guest's banner: its letters are the only strong yellow there. */
export async function seeLogin(console: Page): Promise<void> {
  await expect
    .poll(async () => await countPixels(console.locator('canvas'), isBannerYellow), { timeout: 120_000 })
    .toBeGreaterThan(300);
}

function isLetter([red, green, blue]: Colour): boolean {
  return red + green + blue > 200;
}

type Colour = readonly [red: number, green: number, blue: number];

/** The colour of the demo guest's banner. The console's bright yellow is #ffff55; scaling softens its edges only. */
export function isBannerYellow([red, green, blue]: Colour): boolean {
  return red > 230 && green > 230 && blue < 130;
}

/** How many pixels of an element, as shown, have such a colour. */
export async function countPixels(element: Locator, test: (colour: Colour) => boolean): Promise<number> {
  const { data } = PNG.sync.read(await element.screenshot());
  let count = 0;
  for (let at = 0; at < data.length; at += 4)
    if (test([data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0])) count += 1;
  return count;
}

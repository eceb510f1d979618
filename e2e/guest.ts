import type { Locator, Page } from '@playwright/test';
import { PNG } from 'pngjs';
import { expect } from '@playwright/test';
import { tatin, type World } from './app.ts';
import { keystrokesOf } from '../renderer/features/console/keystrokes.ts';

/** A guest at whose graphical console somebody types. */
export interface Typist {
  readonly world: World;
  readonly machine: string;
  /** Its console, with the keyboard captured. */
  readonly console: Page;
}

/** A virtio keyboard keeps this many key events for a guest that is busy, and drops what comes then (QEMU: a queue of 64, two for a key). */
const keyboardQueue = 32;

/**
 * Types as a person does on a US board, one who looks at the screen: what was typed must show before more is typed than
 * the keyboard can hold, and a line that went wrong is begun again. A key that a busy computer lets up late repeats.
 */
async function type(typist: Typist, text: string, tries = 4): Promise<void> {
  const { keyboard } = typist.console;
  let held = 0;
  for (const [at, strokes] of keystrokesOf(text).characters.entries()) {
    if (held + strokes.length > keyboardQueue) {
      if (!(await shows(typist, text.slice(0, at)))) {
        await typeAgain(typist, text, tries);
        return;
      }
      held = 0;
    }
    for (const { code, down } of strokes) await keyboard[down ? 'down' : 'up'](code);
    held += strokes.length;
  }
  if (!(await shows(typist, text))) await typeAgain(typist, text, tries);
}

async function typeAgain(typist: Typist, text: string, tries: number): Promise<void> {
  if (tries === 1) throw new Error(`The guest's screen never showed what was typed: ${text}`);
  await typist.console.keyboard.press('Control+KeyU');
  await type(typist, text, tries - 1);
}

/** Types a command at the shell's prompt and presses Enter. */
export async function typeLine(typist: Typist, line: string): Promise<void> {
  await type(typist, line);
  await typist.console.keyboard.press('Enter');
}

/** Types the demo guest's password where it is asked for, once `question` is answered, until the guest says it is right. */
export async function typePassword(
  typist: Typist,
  { question, answer, prompt }: Record<'question' | 'answer' | 'prompt', string>,
): Promise<void> {
  do {
    await seeEndOfScreen(typist, [question]);
    await typeLine(typist, answer);
    await seeEndOfScreen(typist, ['Password:']);
    await typist.console.keyboard.type('admin');
    await typist.console.keyboard.press('Enter');
  } while ((await seeEndOfScreen(typist, [question, prompt])) === question);
}

/** Waits until the guest's text console, as its kernel keeps it, ends with one of these words, and tells with which. */
async function seeEndOfScreen(
  { world, machine }: Typist,
  endings: readonly string[],
  timeout = 120_000,
): Promise<string> {
  let seen: string | undefined;
  // A guest that has just been resumed or is busy may not answer at once.
  await expect(async () => {
    const text = (await tatin(world, ['exec', machine, 'cat', '/dev/vcs1'])).trimEnd();
    seen = endings.find((ending) => text.endsWith(ending.trimEnd()));
    expect(seen, `none of “${endings.join('”, “')}” at the end of “${text.slice(-200)}”`).toBeDefined();
  }).toPass({ timeout });
  return seen ?? '';
}

/** Whether what was typed appears at the end of the guest's screen, given the time that a slow guest takes. */
async function shows(typist: Typist, text: string): Promise<boolean> {
  return await seeEndOfScreen(typist, [text], 30_000).then(
    () => true,
    () => false,
  );
}

/** What the serial pane shows, as text. */
export function serialOf(console: Page): Locator {
  return console.locator('.serial-terminal .xterm-rows');
}

/** Waits until a picture of the guest's screen shows the demo guest's banner: its letters are the only strong yellow there. */
export async function seeBanner(picture: Locator, minPixels: number): Promise<void> {
  // One that is just being replaced by a newer one can't be taken, and is looked at again.
  await expect(async () => {
    expect(await countPixels(picture, isBannerYellow)).toBeGreaterThan(minPixels);
  }).toPass({ timeout: 120_000 });
}

type Colour = readonly [red: number, green: number, blue: number];

/** The colour of the demo guest's banner. The console's bright yellow is #ffff55; scaling softens its edges only. */
function isBannerYellow([red, green, blue]: Colour): boolean {
  return red > 230 && green > 230 && blue < 130;
}

/** How many pixels of an element, as shown, have such a colour. */
async function countPixels(element: Locator, test: (colour: Colour) => boolean): Promise<number> {
  const { data } = PNG.sync.read(await element.screenshot());
  let count = 0;
  for (let at = 0; at < data.length; at += 4)
    if (test([data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0])) count += 1;
  return count;
}

import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { HomeReport } from '../contract/settings.ts';
import { Home } from '../library/home.ts';
import { readHomeFacts } from '../library/home-facts.ts';
import { chosenHome } from './chosen-home.ts';
import { isHomeFromEnvironment } from '../host/folders.ts';
import { changeSettings, readSettings } from './settings-file.ts';

/** The homes that Tatin knows, the one in use first. @param inUse the home that is open here */
export async function listHomes(inUse: string): Promise<HomeReport[]> {
  const next = chosenHome();
  const known = new Set([inUse, next, ...readSettings()['home.others']]);
  return await Promise.all(
    [...known].map(async (folder) => ({
      ...{ path: folder, inUse: folder === inUse, isNext: folder === next },
      ...(await readHomeFacts(folder)),
    })),
  );
}

/**
 * Adds a home to the list, making its folder where only that is missing.
 * @throws AppError `invalid-input`, `home-unavailable`
 */
export async function addHome(folder: string): Promise<void> {
  const whole = requireWhole(folder);
  await prepare(whole);
  await remember([...readSettings()['home.others'], whole]);
}

/** Takes a home off the list; its folder stays as it is. @throws AppError `invalid-input` for one that is needed or not there */
export async function removeHome(folder: string, inUse: string): Promise<void> {
  const whole = requireWhole(folder);
  const { 'home.others': others } = readSettings();
  if (whole === inUse || whole === chosenHome())
    throw new AppError('invalid-input', `${whole} is in use, so it stays on the list.`, {
      hint: 'Use another home first.',
    });
  if (!others.includes(whole)) throw new AppError('invalid-input', `${whole} is not on the list of homes.`);
  await remember(others.filter((known) => known !== whole));
}

/**
 * Makes a home the one that Tatin opens from now on; the one before stays on the list.
 * @throws AppError `invalid-input`, `home-unavailable`, `not-allowed` where `TART_HOME` decides
 */
export async function useHome(folder: string): Promise<void> {
  const whole = requireWhole(folder);
  if (isHomeFromEnvironment())
    throw new AppError('not-allowed', `TART_HOME names the home, ${chosenHome()}, and overrides the settings.`, {
      hint: 'Take TART_HOME out of the environment that Tatin is started with.',
    });
  await prepare(whole);
  const before = chosenHome();
  const others = [...readSettings()['home.others'], before].filter((known) => known !== whole);
  await changeSettings({ 'home.path': whole, 'home.others': [...new Set(others)] });
}

/** Names the new place of a home that was moved wherever the old one was named. */
export async function followMove({ from, to }: { readonly from: string; readonly to: string }): Promise<void> {
  const chosen = isHomeFromEnvironment() ? undefined : chosenHome();
  const others = readSettings()['home.others'].map((known) => (known === from ? to : known));
  await changeSettings({
    ...(chosen === from ? { 'home.path': to } : {}),
    'home.others': [...new Set(others)].filter((known) => known !== (chosen === from ? to : chosen)),
  });
}

async function remember(others: readonly string[]): Promise<void> {
  await changeSettings({ 'home.others': [...new Set(others)] });
}

function requireWhole(folder: string): string {
  if (path.isAbsolute(folder)) return path.resolve(folder);
  throw new AppError('invalid-input', `${folder}: a home must be named by its whole path.`);
}

/** Only the last folder is made: the rest of the path may be a drive that is not connected. */
async function prepare(folder: string): Promise<void> {
  const above = await stat(path.dirname(folder)).catch(() => undefined);
  if (above?.isDirectory() !== true)
    throw new AppError(
      'home-unavailable',
      `There is no folder ${path.dirname(folder)} to hold ${path.basename(folder)}.`,
      {
        hint: 'Connect its drive, or choose another folder.',
        retry: true,
      },
    );
  await mkdir(folder, { recursive: true }).catch(() => undefined);
  await new Home(folder).prepare();
}

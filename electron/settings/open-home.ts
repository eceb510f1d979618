import { existsSync } from 'node:fs';
import { Home, homeUnavailable } from '../library/home.ts';
import { Library } from '../library/library.ts';
import { readSettings } from './settings-file.ts';
import { chosenHome } from './chosen-home.ts';
import { isHomeFromEnvironment } from '../host/folders.ts';

/**
 * Opens the home that is chosen. One that the settings name was made when it was chosen, so where its folder is missing its
 * drive is: made anew, it would lie hidden beneath that drive once it is connected.
 * @param ifGone `anyway`: opens it all the same, for a caller that waits until it is back
 * @throws AppError `home-unavailable`
 */
export async function openChosenHome(ifGone: 'anyway' | 'refuse'): Promise<Library> {
  const home = chosenHome();
  const isGone = !isHomeFromEnvironment() && readSettings()['home.path'] === home && !existsSync(home);
  if (!isGone) return await Library.open(home);
  if (ifGone === 'refuse') throw homeUnavailable(new Home(home), new Error(`${home} is not there`));
  return Library.at(home);
}

import { chosenHome } from '../settings/chosen-home.ts';
import { Library } from '../library/library.ts';

/** The library in the home that is chosen. @throws AppError `home-unavailable` */
export function openLibrary(): Promise<Library> {
  return Library.open(chosenHome());
}

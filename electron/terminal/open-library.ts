import type { Library } from '../library/library.ts';
import { openChosenHome } from '../settings/open-home.ts';

/** The library in the home that is chosen. @throws AppError `home-unavailable` */
export function openLibrary(): Promise<Library> {
  return openChosenHome('refuse');
}

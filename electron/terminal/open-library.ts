import { homePath } from '../host/folders.ts';
import { Library } from '../library/library.ts';

/** The library that `TART_HOME` names. @throws AppError `home-unavailable` */
export function openLibrary(): Promise<Library> {
  return Library.open(homePath());
}

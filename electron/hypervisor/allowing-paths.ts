import { AppError } from '../contract/errors.ts';
import type { OpenedPath } from '../contract/opened-paths.ts';
import { pathsOf, unconfirmedPaths } from './opened-paths.ts';
import { confirmedPaths } from '../library/confirmed-paths.ts';
import type { Library, LibraryVm } from '../library/library.ts';

/** What a machine opens outside of its folder that its user has not allowed yet. @throws AppError `vm-not-found` */
export async function pathsToAllow(library: Library, name: string): Promise<OpenedPath[]> {
  const { folder, annotations, config } = await library.get(name);
  return await unconfirmedPaths(folder, pathsOf(folder, annotations), confirmedPaths(folder, config.macAddress));
}

/**
 * Lets a machine open what its user was shown. What has changed since then has to be shown again.
 * @throws AppError `not-allowed` for anything that the machine does not ask for
 */
export async function allowPaths(library: Library, name: string, shown: readonly OpenedPath[]): Promise<LibraryVm> {
  const asked = await pathsToAllow(library, name);
  const isAsked = (one: OpenedPath): boolean =>
    asked.some(({ kind, path, writable }) => kind === one.kind && path === one.path && writable === one.writable);
  if (!shown.every(isAsked))
    throw new AppError(
      'not-allowed',
      `What ${JSON.stringify(name)} opens outside of its folder has changed meanwhile.`,
      {
        hint: 'Look at it again.',
        retry: true,
      },
    );
  return await library.confirmPaths(name, shown);
}

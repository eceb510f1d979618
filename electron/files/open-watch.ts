import { type FSWatcher, watch } from 'node:fs';

/**
 * Watches a folder, or with `recursive` all that is below it. It ends quietly when the folder does, and keeps no process
 * alive. Gives undefined where the folder is missing or the system has no watch left to give: then the caller must look.
 * @param onChange `name` is relative to the folder; undefined where the system does not say it
 */
export function openWatch(
  folder: string,
  onChange: (name: string | undefined) => void,
  { recursive = false }: { readonly recursive?: boolean } = {},
): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false, recursive });
    // The type leaves out what the documentation says: not every system names the file.
    watcher.on('change', (_event, name: string | Buffer | null) => onChange(name?.toString()));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

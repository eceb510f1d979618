import { stat } from 'node:fs/promises';
import type { WebContents } from 'electron';
import type { Backend } from '../contract/contract.ts';

/**
 * Hands the file of a finished export to the system, for a drag that began on a page: the way that Electron has is a drag
 * of files that are there (`webContents.startDrag`), so that a machine is exported first and then dragged. A file that
 * went away is not dragged.
 */
export async function dragExport(
  contents: Pick<WebContents, 'startDrag' | 'isDestroyed'> | undefined,
  jobId: string,
  { backend, assets }: { readonly backend: Pick<Backend, 'exportedFile'>; readonly assets: string },
): Promise<void> {
  const file = await backend.exportedFile?.(jobId);
  if (contents === undefined || file === undefined) return;
  const isThere = await stat(file).then(
    (status) => status.isFile(),
    () => false,
  );
  // The page may have closed meanwhile. A Mac refuses a drag without a picture.
  if (isThere && !contents.isDestroyed()) contents.startDrag({ file, icon: `${assets}/icons/64x64.png` });
}

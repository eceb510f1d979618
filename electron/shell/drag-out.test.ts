import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WebContents } from 'electron';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { dragExport } from './drag-out.ts';
import { standIn } from './testing/electron-stand-in.ts';

function scene(file: string | undefined, isDestroyed = false) {
  const dragged: Electron.Item[] = [];
  const contents = standIn<WebContents>('WebContents', {
    isDestroyed: () => isDestroyed,
    startDrag: (item) => void dragged.push(item),
  });
  const backend = { exportedFile: (jobId: string) => Promise.resolve(jobId === 'job' ? file : undefined) };
  return { dragged, contents, options: { backend, assets: '/app/assets' } };
}

describe('dragExport', () => {
  it('hands the exported file to the system, with a picture', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'web.tvm');
    writeFileSync(file, 'x');
    const { dragged, contents, options } = scene(file);
    await dragExport(contents, 'job', options);
    expect(dragged).toEqual([{ file, icon: '/app/assets/icons/64x64.png' }]);
  });

  it('drags nothing that is no export, went away, or whose page has closed', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'web.tvm');
    const { dragged, contents, options } = scene(file);
    await dragExport(contents, 'job', options);
    writeFileSync(file, 'x');
    await dragExport(contents, 'another', options);
    await dragExport(undefined, 'job', options);
    const closed = scene(file, true);
    await dragExport(closed.contents, 'job', closed.options);
    expect([...dragged, ...closed.dragged]).toEqual([]);
  });
});

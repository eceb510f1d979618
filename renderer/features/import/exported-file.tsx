import type { ReactElement } from 'react';
import type { Job } from '../../../electron/contract/job.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { useApp } from '../../state/app.tsx';
import './import.css';

/** What can be done with the file of a finished export: dragged out of the app's window, shown, or fetched by a browser. */
export function ExportedFile({ job }: { job: Job }): ReactElement | null {
  const { shell } = useApp();
  if (job.kind !== 'export' || job.state !== 'succeeded' || job.file === undefined) return null;
  const { file } = job;
  const name = file.split('/').at(-1) ?? file;
  if (shell.kind === 'browser')
    return (
      <a
        className="button"
        data-look="plain"
        data-size="small"
        href={`exports/${job.id}`}
        download={name}
        aria-label={`Download ${name}`}
      >
        Download
      </a>
    );
  return (
    <>
      {shell.dragExport === undefined ? null : (
        <span
          className="exported-file"
          draggable
          title={`Drag ${name} to a folder or another program`}
          onDragStart={(event) => {
            // The system drags the file itself, not a picture of this.
            event.preventDefault();
            shell.dragExport?.(job.id);
          }}
        >
          <Icon name="export" />
          <span className="cut">{name}</span>
        </span>
      )}
      {shell.reveal === undefined ? null : (
        <Button size="small" onClick={() => shell.reveal?.(file)}>
          {shell.platform === 'darwin' ? 'Show in Finder' : 'Show in Folder'}
        </Button>
      )}
    </>
  );
}

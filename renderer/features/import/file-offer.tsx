import { type DragEvent, type ReactElement, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { bringsFiles, type Given, givenBy, givenFile, givenFolder } from '../../files/given.ts';
import { useApp } from '../../state/app.tsx';

/** Has the browser's dialog choose a folder. All browsers know it, and React's types do not. */
const wholeFolder = { webkitdirectory: '' };

/** A place to drop files on, and the ways to choose some. */
export function FileOffer({
  onHost,
  onGiven,
}: {
  onHost: () => void;
  onGiven: (given: readonly Given[]) => void;
}): ReactElement {
  const { shell } = useApp();
  const [isOver, setOver] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const folderField = useRef<HTMLInputElement>(null);
  const onDrop = (event: DragEvent): void => {
    setOver(false);
    if (!bringsFiles(event.dataTransfer)) return;
    event.preventDefault();
    event.stopPropagation();
    onGiven(givenBy(event.dataTransfer, shell));
  };
  return (
    <div
      className="file-offer"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        if (!bringsFiles(event.dataTransfer)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <Icon name="import" size={20} />
      <p>
        <b>Drop files here.</b>
      </p>
      <p className="secondary">
        Disk images (qcow2, VMDK, VDI, VHD, raw), appliances (OVA), Tart archives (.tvm), machines of UTM, VirtualBuddy
        or Tart, installer discs (ISO), folders of these.
      </p>
      <span className="file-offer-ways">
        <Button icon="folder" onClick={onHost}>
          {shell.kind === 'browser' ? 'Choose on the Host…' : 'Choose…'}
        </Button>
        {shell.kind === 'browser' ? (
          <>
            <Button icon="export" onClick={() => field.current?.click()}>
              Send from This Browser…
            </Button>
            <Button icon="folder" onClick={() => folderField.current?.click()}>
              Send a Folder…
            </Button>
          </>
        ) : null}
      </span>
      <input
        ref={field}
        type="file"
        multiple
        hidden
        aria-label="Files to send"
        onChange={({ target }) => onGiven([...(target.files ?? [])].map(givenFile))}
      />
      <input
        ref={folderField}
        type="file"
        {...wholeFolder}
        hidden
        aria-label="Folder to send"
        onChange={({ target }) => {
          const folder = givenFolder([...(target.files ?? [])]);
          if (folder !== undefined) onGiven([folder]);
        }}
      />
    </div>
  );
}

import type { ReactElement } from 'react';
import { isAlive } from '../../../electron/contract/verbs.ts';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { useChooser } from '../file-chooser/use-chooser.tsx';
import { SettingError } from './setting-error.tsx';
import { useAnnotate } from './use-annotate.ts';

const atNextStart = 'Changes take effect at the next start.';

/** A name for a folder that no other share has. */
function freeName(path: string, taken: readonly string[]): string {
  const base = (path.split('/').findLast((part) => part !== '') ?? 'share').slice(0, 30);
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.includes(name)) return name;
  }
}

/** Folders of the host that the guest sees. */
export function SharedFolders({ vm }: { vm: MachineVm }): ReactElement {
  const { annotate, error } = useAnnotate(vm);
  const { choose, sheet } = useChooser();
  const { sharedFolders } = vm.annotations;
  const add = (path: string): void => {
    const name = freeName(
      path,
      sharedFolders.map((folder) => folder.name),
    );
    void annotate({ sharedFolders: [...sharedFolders, { name, path, readOnly: true }] });
  };
  return (
    <section>
      <h3>
        Shared Folders
        <IconButton
          icon="plus"
          size="small"
          label="Add Shared Folder"
          onClick={() => choose({ title: 'Share a Folder', kind: 'folder' }, add)}
        />
      </h3>
      {sharedFolders.length === 0 ? (
        <p className="caption">None. A folder of this computer can be seen in the guest.</p>
      ) : null}
      <ul className="entries">
        {sharedFolders.map((folder) => (
          <li key={folder.name}>
            <Icon name="folder" />
            <span className="cut grow" title={folder.path}>
              {folder.name}
            </span>
            <Button
              size="small"
              look="link"
              aria-label={`${folder.name}: ${folder.readOnly ? 'read only' : 'read and write'}, change`}
              onClick={() =>
                void annotate({
                  sharedFolders: sharedFolders.map((other) =>
                    other === folder ? { ...folder, readOnly: !folder.readOnly } : other,
                  ),
                })
              }
            >
              {folder.readOnly ? 'read only' : 'read and write'}
            </Button>
            <IconButton
              icon="close"
              size="small"
              label={`Stop sharing ${folder.name}`}
              onClick={() => void annotate({ sharedFolders: sharedFolders.filter((other) => other !== folder) })}
            />
          </li>
        ))}
      </ul>
      <SettingError text={error} />
      {isAlive(vm.state.phase) && sharedFolders.length > 0 ? <p className="caption">{atNextStart}</p> : null}
      {sheet}
    </section>
  );
}

/** Installer discs and further disks. */
export function ExtraDisks({ vm }: { vm: MachineVm }): ReactElement {
  const { annotate, error } = useAnnotate(vm);
  const { choose, sheet } = useChooser();
  const { extraDisks } = vm.annotations;
  return (
    <section>
      <h3>
        Disks
        <IconButton
          icon="plus"
          size="small"
          label="Add Disk"
          onClick={() =>
            choose(
              { title: 'Attach a Disk', kind: 'file', extensions: ['.iso', '.img', '.raw'] },
              (path) =>
                void annotate({ extraDisks: [...extraDisks, { path, readOnly: path.toLowerCase().endsWith('.iso') }] }),
            )
          }
        />
      </h3>
      {extraDisks.length === 0 ? <p className="caption">Only its own disk.</p> : null}
      <ul className="entries">
        {extraDisks.map((disk) => (
          <li key={disk.path}>
            <Icon name={disk.path.toLowerCase().endsWith('.iso') ? 'disc' : 'drive'} />
            <span className="cut grow" title={disk.path}>
              {disk.path.split('/').at(-1)}
            </span>
            <span className="caption">{disk.readOnly ? 'read only' : 'read and write'}</span>
            <IconButton
              icon="close"
              size="small"
              label={`Detach ${disk.path}`}
              onClick={() => void annotate({ extraDisks: extraDisks.filter((other) => other !== disk) })}
            />
          </li>
        ))}
      </ul>
      <SettingError text={error} />
      {isAlive(vm.state.phase) && extraDisks.length > 0 ? <p className="caption">{atNextStart}</p> : null}
      {sheet}
    </section>
  );
}

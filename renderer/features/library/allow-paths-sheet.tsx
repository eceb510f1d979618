import type { ReactElement } from 'react';
import type { VmId } from '../../../electron/contract/machine.ts';
import { type OpenedPath, shownPath } from '../../../electron/contract/opened-paths.ts';
import { useSubmit } from '../../client/use-submit.ts';
import { requestVerb } from '../../commands/request-verb.ts';
import { Button } from '../../components/button.tsx';
import { Problem } from '../../components/problem.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import './allow-paths.css';

/** A machine that wants more of this computer than its own folder starts only when its user has seen what. */
export function AllowPathsSheet({
  id,
  paths,
  onClose,
}: {
  id: VmId;
  paths: readonly OpenedPath[];
  onClose: () => void;
}): ReactElement {
  const app = useApp();
  const name = useLibrary((state) => state.vms?.get(id)?.name) ?? '';
  const { run: allowAndStart, error } = useSubmit(async () => {
    await app.client.call('vms.allowPaths', { id, paths: [...paths] });
    onClose();
    await requestVerb(app, 'start', { id, name });
  });
  return (
    <Sheet
      title={`“${name}” opens files outside of its folder`}
      subtitle="You have not allowed that on this computer yet. Its guest can read all that is in them."
      onClose={onClose}
      footer={
        <>
          <Button autoFocus onClick={onClose}>
            Cancel
          </Button>
          <Button look="filled" onClick={() => void allowAndStart()}>
            Allow and Start
          </Button>
        </>
      }
    >
      <ul className="allowed-paths" aria-label="Files and folders">
        {paths.map((one) => (
          <li key={`${one.path} ${String(one.writable)}`}>
            <bdi className="mono">{shownPath(one.path)}</bdi>
            <span className="secondary">
              {one.kind === 'folder' ? 'Folder and all that is in it' : 'Disk'},{' '}
              {one.writable ? 'read and write' : 'read only'}
            </span>
          </li>
        ))}
      </ul>
      <p className="secondary">
        If you did not put them there, cancel, and take them off the machine: its maker would get them.
      </p>
      {error === undefined ? null : <Problem title="Nothing was allowed" error={error} />}
    </Sheet>
  );
}

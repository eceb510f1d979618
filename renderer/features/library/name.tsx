import { type ReactElement, useEffect, useRef, useState } from 'react';
import type { Vm } from '../../../electron/contract/machine.ts';
import { useSubmit } from '../../client/use-submit.ts';
import { useApp, useView } from '../../state/app.tsx';

/** A VM's name, or the field to change it in while it is being renamed. */
export function NameOf({ vm }: { vm: Vm }): ReactElement {
  const isRenaming = useView(({ renaming }) => renaming === vm.id);
  if (isRenaming) return <RenameField vm={vm} />;
  return (
    <b className="cut grow vm-name" title={vm.name}>
      {vm.name}
    </b>
  );
}

function RenameField({ vm }: { vm: Vm }): ReactElement {
  const { client, view } = useApp();
  const [name, setName] = useState(vm.name);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const end = (): void => view.setState({ renaming: undefined });
  const { run, error, dismissError } = useSubmit(async () => {
    const renamed = await client.call('vms.rename', { id: vm.id, name });
    view.setState({ renaming: undefined, selection: new Set([renamed.id]), anchor: renamed.id, focus: renamed.id });
  });
  useEffect(() => {
    if (error !== undefined) field.current?.focus();
  }, [error]);
  const rename = (): void => {
    if (name === vm.name || name === '') end();
    else void run();
  };
  return (
    <span className="rename grow">
      <input
        ref={field}
        aria-label={`New name of ${vm.name}`}
        aria-invalid={error !== undefined}
        title={error?.message}
        value={name}
        spellCheck={false}
        onChange={({ target }) => {
          setName(target.value);
          dismissError();
        }}
        onMouseDown={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'Enter') rename();
          if (event.key === 'Escape') end();
        }}
        onBlur={() => {
          if (error === undefined) rename();
          else end();
        }}
      />
      {error === undefined ? null : (
        <span className="rename-error" role="alert">
          {error.message}
        </span>
      )}
    </span>
  );
}

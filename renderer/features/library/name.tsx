import { type ReactElement, useEffect, useRef, useState } from 'react';
import { AppError } from '../../../electron/contract/errors.ts';
import type { Vm } from '../../../electron/contract/machine.ts';
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
  const [error, setError] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const end = (): void => view.setState({ renaming: undefined });
  const rename = async (): Promise<void> => {
    if (name === vm.name || name === '') {
      end();
      return;
    }
    try {
      const renamed = await client.call('vms.rename', { id: vm.id, name });
      view.setState({ renaming: undefined, selection: new Set([renamed.id]), anchor: renamed.id, focus: renamed.id });
    } catch (thrown) {
      setError(AppError.from(thrown).message);
      field.current?.focus();
    }
  };
  return (
    <span className="rename grow">
      <input
        ref={field}
        aria-label={`New name of ${vm.name}`}
        aria-invalid={error !== undefined}
        title={error}
        value={name}
        spellCheck={false}
        onChange={({ target }) => {
          setName(target.value);
          setError(undefined);
        }}
        onMouseDown={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'Enter') void rename();
          if (event.key === 'Escape') end();
        }}
        onBlur={() => {
          if (error === undefined) void rename();
          else end();
        }}
      />
      {error === undefined ? null : (
        <span className="rename-error" role="alert">
          {error}
        </span>
      )}
    </span>
  );
}

import type { ReactElement } from 'react';
import type { ProcedureInput } from '../../../electron/contract/contract.ts';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { allowedVerbs } from '../../../electron/contract/verbs.ts';
import { copyText } from '../../commands/attempt.ts';
import { useSubmit } from '../../client/use-submit.ts';
import { IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { errorText } from '../../words/error-text.ts';
import { diskText, memoryText } from '../../../electron/contract/words/sizes.ts';
import { gibibyte, gigabyte, limitsOf } from '../new-vm/limits.ts';
import { EditableRow } from './editable-row.tsx';
import { SettingError } from './setting-error.tsx';

type Changes = Omit<ProcedureInput<'vms.configure'>, 'id'>;

/** What is fixed while the machine runs. A locked setting stays readable, and the group says what unlocks it. */
export function Settings({ vm }: { vm: MachineVm }): ReactElement {
  const { client } = useApp();
  const host = useLibrary((state) => state.host);
  const isOpen = allowedVerbs(vm).has('configure');
  const { run: save, error } = useSubmit((changes: Changes) => client.call('vms.configure', { id: vm.id, ...changes }));
  const limits = host === undefined ? undefined : limitsOf(host);
  return (
    <section>
      <h3>Settings</h3>
      <EditableRow
        label="CPUs"
        shown={host === undefined ? `${vm.cpuCount}` : `${vm.cpuCount} of ${host.cpuCount}`}
        value={`${vm.cpuCount}`}
        isOpen={isOpen}
        check={(text) => {
          const max = limits?.maxCpus ?? 1024;
          return wholeWithin(text, 1, max) ? undefined : `1 to ${max}`;
        }}
        onSave={(text) => save({ cpuCount: Number(text) })}
      />
      <EditableRow
        label="Memory"
        shown={
          host === undefined
            ? memoryText(vm.memoryBytes)
            : `${memoryText(vm.memoryBytes)} of ${memoryText(host.memoryBytes)}`
        }
        value={`${vm.memoryBytes / gibibyte}`}
        unit="GB"
        isOpen={isOpen}
        check={(text) => {
          const bytes = Number(text) * gibibyte;
          if (limits === undefined || (bytes >= limits.minMemoryBytes / 4 && bytes <= limits.maxMemoryBytes))
            return undefined;
          return `up to ${memoryText(limits.maxMemoryBytes)}`;
        }}
        onSave={(text) => save({ memoryBytes: Math.round(Number(text) * gibibyte) })}
      />
      <EditableRow
        label="Disk"
        shown={`${diskText(vm.diskBytes)}, ${diskText(vm.allocatedBytes)} used`}
        value={`${vm.diskBytes / gigabyte}`}
        unit="GB"
        isOpen={isOpen}
        check={(text) => (Number(text) * gigabyte >= vm.diskBytes ? undefined : 'A disk can grow, not shrink')}
        onSave={(text) => save({ diskBytes: Math.round(Number(text) * gigabyte) })}
      />
      <EditableRow
        label="Display"
        shown={`${vm.display.width} × ${vm.display.height}`}
        value={`${vm.display.width}x${vm.display.height}`}
        isOpen={isOpen}
        check={(text) => (displayOf(text) === undefined ? 'Like 1280x800' : undefined)}
        onSave={(text) => {
          const size = displayOf(text);
          if (size === undefined) return Promise.resolve(false);
          return save({ display: { ...size, ...(vm.display.unit === undefined ? {} : { unit: vm.display.unit }) } });
        }}
      />
      <MacAddressRow vm={vm} isOpen={isOpen} onRenew={() => void save({ randomMac: true })} />
      <SettingError text={error && errorText(error)} />
      {isOpen ? null : <p className="caption">{unlockText(vm)}</p>}
    </section>
  );
}

function MacAddressRow({ vm, isOpen, onRenew }: { vm: MachineVm; isOpen: boolean; onRenew: () => void }): ReactElement {
  const app = useApp();
  return (
    <div className="setting">
      <span className="setting-label">MAC</span>
      <span className="mono cut grow" title={vm.macAddress}>
        {vm.macAddress}
      </span>
      <IconButton icon="copy" size="small" label="Copy MAC Address" onClick={() => void copyText(app, vm.macAddress)} />
      {isOpen ? (
        <IconButton icon="reset" size="small" label="New MAC Address" onClick={onRenew} />
      ) : (
        <Icon name="lock" />
      )}
    </div>
  );
}

function unlockText(vm: MachineVm): string {
  if (vm.state.phase === 'suspended')
    return 'Resume and shut down, or discard the saved state, to change the locked settings.';
  return 'Shut down to change the locked settings.';
}

function wholeWithin(text: string, min: number, max: number): boolean {
  const value = Number(text);
  return Number.isInteger(value) && value >= min && value <= max;
}

function displayOf(text: string): { width: number; height: number } | undefined {
  const [, width, height] = /^\s*(\d{3,4})\s*[x×,]\s*(\d{3,4})\s*$/i.exec(text) ?? [];
  const size = { width: Number(width), height: Number(height) };
  return size.width >= 320 && size.height >= 200 && size.width <= 8192 && size.height <= 8192 ? size : undefined;
}

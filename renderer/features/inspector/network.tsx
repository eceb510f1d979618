import { type ReactElement, useEffect, useId, useState } from 'react';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import {
  type MachineChoices,
  type NetworkMode,
  type NetworkSettings,
  natSubnetProblem,
  networkSettingsSchema,
} from '../../../electron/contract/network-settings.ts';
import { isAlive } from '../../../electron/contract/verbs.ts';
import { Choice } from '../../components/field.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { BridgedCards } from './bridged-cards.tsx';
import { EditableRow } from './editable-row.tsx';
import { SettingError } from './setting-error.tsx';
import { SoftnetLists } from './softnet-lists.tsx';
import { useAnnotate } from './use-annotate.ts';

const titles: Record<NetworkMode, string> = {
  nat: 'Shared (NAT)',
  bridged: 'Bridged',
  softnet: 'Softnet',
  host: 'Host only',
  isolated: 'Isolated',
  none: 'None',
};

const meanings: Record<NetworkMode, string> = {
  nat: 'The guest reaches what this computer reaches, and is reached by port forwards.',
  bridged: 'The guest is on the same network as the interface, with an address of that network.',
  softnet: 'The guest reaches the Internet, and of the local network only what is allowed.',
  host: 'The guest and this computer reach each other, and nobody else.',
  isolated: 'The guest reaches nothing, not even this computer.',
  none: 'The guest has no network card.',
};

/** Reads what the machine can be set to here; undefined until that is known. */
function useChoices(id: string): MachineChoices | undefined {
  const { client } = useApp();
  const [choices, setChoices] = useState<MachineChoices>();
  useEffect(() => {
    const controller = new AbortController();
    client.call('network.choices', { id }, { signal: controller.signal }).then(setChoices, () => undefined);
    return () => controller.abort();
  }, [client, id]);
  return choices;
}

/** The network that the machine is on, and whether it may run guests itself. */
export function NetworkSection({ vm }: { vm: MachineVm }): ReactElement {
  const { annotate, error } = useAnnotate(vm);
  const choices = useChoices(vm.id);
  const { network } = vm.annotations;
  const save = (settings: NetworkSettings): Promise<boolean> => annotate({ network: settings });
  const chosen = choices?.modes.find(({ mode }) => mode === network.mode);
  return (
    <section aria-label="Network">
      <h3>Network</h3>
      <div className="setting">
        <span className="setting-label">Kind</span>
        <Choice
          label="Kind of network"
          value={network.mode}
          options={modeOptions(choices, network.mode)}
          onChange={(value) => {
            const settings = firstSettings(value, choices);
            if (settings !== undefined) void save(settings);
          }}
        />
      </div>
      <p className="caption">{meanings[network.mode]}</p>
      <SettingError text={chosen?.notAvailable} />
      {network.mode === 'nat' && choices?.hasOwnNat === true ? <OwnNat settings={network} onSave={save} /> : null}
      {network.mode === 'bridged' ? (
        <BridgedCards vm={vm} settings={network} interfaces={choices?.interfaces ?? []} onSave={save} />
      ) : null}
      {network.mode === 'softnet' ? <SoftnetLists settings={network} onSave={save} /> : null}
      <Nested vm={vm} notAvailable={choices?.nested.notAvailable} onChange={(nested) => void annotate({ nested })} />
      <WhyNot choices={choices} />
      <SettingError text={error} />
      {isAlive(vm.state.phase) ? <p className="caption">Changes take effect at the next start.</p> : null}
    </section>
  );
}

/** What can't be had stays in the list, so that a person who looks for it learns that it is known. */
function modeOptions(choices: MachineChoices | undefined, current: NetworkMode) {
  const modes = choices?.modes ?? [{ mode: current }];
  return modes.map(({ mode, notAvailable }) => ({
    value: mode,
    label: titles[mode],
    disabled: notAvailable !== undefined && mode !== current,
  }));
}

/** The settings that a mode begins with: the first interface that can be had, lists that are empty. */
function firstSettings(mode: string, choices: MachineChoices | undefined): NetworkSettings | undefined {
  const first = choices?.interfaces.find(({ notAvailable }) => notAvailable === undefined);
  const interfaces = first === undefined ? [] : [{ interface: first.name }];
  const parsed = networkSettingsSchema.safeParse(mode === 'bridged' ? { mode, interfaces } : { mode });
  return parsed.success ? parsed.data : undefined;
}

function WhyNot({ choices }: { choices: MachineChoices | undefined }): ReactElement | null {
  const missing = choices?.modes.filter(({ notAvailable }) => notAvailable !== undefined) ?? [];
  if (missing.length === 0) return null;
  return (
    <details className="caption">
      <summary>Not available here</summary>
      <ul>
        {missing.map(({ mode, notAvailable }) => (
          <li key={mode}>
            <b>{titles[mode]}</b>: {notAvailable}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** NAT that is the machine's own. */
function OwnNat({
  settings,
  onSave,
}: {
  settings: Extract<NetworkSettings, { mode: 'nat' }>;
  onSave: (settings: NetworkSettings) => Promise<boolean>;
}): ReactElement {
  const loopbackId = useId();
  const noun = useLibrary(({ host }) => host?.noun ?? 'This computer');
  const usual = '10.0.2.0/24';
  return (
    <>
      <EditableRow
        label="Subnet"
        shown={settings.subnet ?? `${usual}, default`}
        value={settings.subnet ?? usual}
        isOpen
        check={natSubnetProblem}
        onSave={(text) => onSave({ ...settings, subnet: text === usual ? undefined : text })}
      />
      <label className="setting" htmlFor={loopbackId}>
        <input
          id={loopbackId}
          type="checkbox"
          checked={settings.hostLoopback}
          onChange={({ target }) => void onSave({ ...settings, hostLoopback: target.checked })}
        />
        Open {noun === 'This Mac' ? 'this Mac’s' : 'this computer’s'} 127.0.0.1 to it
      </label>
    </>
  );
}

function Nested({
  vm,
  notAvailable,
  onChange,
}: {
  vm: MachineVm;
  notAvailable: string | undefined;
  onChange: (nested: boolean) => void;
}): ReactElement {
  const id = useId();
  const { nested } = vm.annotations;
  return (
    <>
      <label className="setting" htmlFor={id}>
        <input
          id={id}
          type="checkbox"
          checked={nested}
          // What can't be had can still be taken back.
          disabled={notAvailable !== undefined && !nested}
          onChange={({ target }) => onChange(target.checked)}
        />
        Nested virtualization
      </label>
      {notAvailable === undefined ? null : <p className="caption">{notAvailable}</p>}
    </>
  );
}

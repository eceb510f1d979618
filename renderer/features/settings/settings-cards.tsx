import type { ReactElement, ReactNode } from 'react';
import type { Settings } from '../../../electron/contract/settings.ts';
import { useApp } from '../../state/app.tsx';
import { ChoiceRow, SwitchRow, TextRow } from './setting-rows.tsx';
import type { SettingsInUse } from './use-settings.ts';

interface CardProps {
  readonly inUse: SettingsInUse;
  readonly settings: Settings;
}

function Card({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <section className="group" aria-label={title}>
      <header>
        <h2>{title}</h2>
      </header>
      <div className="group-body">{children}</div>
    </section>
  );
}

const appearances = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

const answers = [
  { value: 'ask', label: 'Ask what to do' },
  { value: 'suspend', label: 'Suspend them' },
  { value: 'shutDown', label: 'Shut them down' },
  { value: 'leave', label: 'Leave them running' },
];

export function GeneralCard(props: CardProps): ReactElement {
  const { shell } = useApp();
  return (
    <Card title="General">
      <ChoiceRow {...props} name="appearance" label="Appearance" options={appearances} />
      <SwitchRow
        {...props}
        name="library.confirmDelete"
        label="Ask before Move to Trash"
        about="Deleting for good always asks."
      />
      {shell.kind === 'browser' ? null : (
        <>
          <SwitchRow {...props} name="menuBar.show" label="Show in the menu bar" />
          <ChoiceRow
            {...props}
            name="quit.runningMachines"
            label="Machines that run at quit"
            options={answers}
            about="Where they can’t keep running without Tatin, it still asks."
          />
          <TextRow
            {...props}
            name="updates.feed"
            label="New versions from"
            width={320}
            placeholder="nowhere"
            parse={(text) => (text === '' ? null : text)}
            about="An address that begins with https://. TATIN_UPDATE_FEED overrides this."
          />
        </>
      )}
    </Card>
  );
}

/** Empty leaves the choice to Tatin; what is no number goes to the schema as it is, which says what it wants. */
function numberOrNull(text: string): unknown {
  const value = Number(text.replace(',', '.'));
  if (text === '') return null;
  return Number.isNaN(value) ? text : value;
}

export function NewMachinesCard(props: CardProps): ReactElement {
  const common = { ...props, width: 120, placeholder: 'automatic' };
  return (
    <Card title="New machines">
      <TextRow {...common} name="newMachine.cpuCount" label="CPUs" parse={numberOrNull} />
      <TextRow {...common} name="newMachine.memoryGigabytes" label="Memory" unit="GB" parse={numberOrNull} />
      <TextRow {...common} name="newMachine.diskGigabytes" label="Disk" unit="GB" parse={numberOrNull} />
      <TextRow
        {...common}
        name="newMachine.display"
        label="Display"
        parse={(text) => (text === '' ? null : text)}
        about="Width x height, as in 1920x1080. The demo guest keeps its own, small sizes."
      />
    </Card>
  );
}

export function RegistriesCard(props: CardProps): ReactElement {
  return (
    <Card title="Images and registries">
      <TextRow {...props} name="transfers.connections" label="Layers fetched at once" width={80} parse={numberOrNull} />
      <SwitchRow
        {...props}
        name="images.automaticPruning"
        label="Delete unused images when space runs out"
        about="A pull that lacks room deletes the least recently used images first. TART_NO_AUTO_PRUNE overrides this."
      />
      <TextRow
        {...props}
        name="registries.insecure"
        label="Registries over plain http"
        width={320}
        placeholder="localhost:5000"
        parse={(text) => text.split(/[\s,]+/).filter(Boolean)}
        about="Separated by commas. Passwords are sent in the clear."
      />
    </Card>
  );
}

import type { ReactElement } from 'react';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import {
  type MachineChoices,
  macAddressSchema,
  type NetworkOf,
  type NetworkSettings,
} from '../../../electron/contract/network-settings.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Choice } from '../../components/field.tsx';
import { EditableRow } from './editable-row.tsx';

type Bridged = NetworkOf<'bridged'>;
type Card = Bridged['interfaces'][number];

const maxCards = 8;

/** The cards of a bridged machine: the interface of each, and its MAC address. */
export function BridgedCards({
  vm,
  settings,
  interfaces,
  onSave,
}: {
  vm: MachineVm;
  settings: Bridged;
  interfaces: MachineChoices['interfaces'];
  onSave: (settings: NetworkSettings) => Promise<boolean>;
}): ReactElement {
  const cards = settings.interfaces;
  const save = (next: readonly Card[]): Promise<boolean> => onSave({ ...settings, interfaces: [...next] });
  const change = (index: number, card: Card): Promise<boolean> =>
    save(cards.map((one, at) => (at === index ? card : one)));
  const [first] = interfaces;
  return (
    <>
      {cards.map((card, index) => {
        const number = cards.length === 1 ? '' : ` ${index + 1}`;
        return (
          <div key={index} role="group" aria-label={`Network card${number}`}>
            <div className="setting">
              <span className="setting-label">Card{number}</span>
              <Choice
                label={`Interface of card${number}`}
                value={card.interface}
                options={optionsOf(interfaces, card.interface)}
                onChange={(name) => void change(index, { ...card, interface: name })}
              />
              {cards.length > 1 ? (
                <IconButton
                  icon="close"
                  size="small"
                  label={`Remove card${number}`}
                  onClick={() => void save(cards.filter((_, at) => at !== index))}
                />
              ) : null}
            </div>
            <EditableRow
              label={`MAC${number}`}
              shown={card.macAddress ?? (index === 0 ? `${vm.macAddress}, its own` : 'made from its own')}
              value={card.macAddress ?? (index === 0 ? vm.macAddress : '')}
              isOpen
              check={(text) => macAddressSchema.safeParse(text).error?.issues[0]?.message}
              onSave={(text) => {
                const { macAddress: _own, ...rest } = card;
                return change(index, text === vm.macAddress && index === 0 ? rest : { ...card, macAddress: text });
              }}
            />
          </div>
        );
      })}
      {first === undefined || cards.length >= maxCards ? null : (
        <Button size="small" onClick={() => void save([...cards, { interface: first.name }])}>
          Add Network Card
        </Button>
      )}
    </>
  );
}

/** What it is set to stays, also where this computer has no such interface. */
function optionsOf(interfaces: MachineChoices['interfaces'], current: string) {
  const known = interfaces.map(({ name, title, notAvailable }) => ({
    value: name,
    label: notAvailable === undefined ? title : `${title} (not allowed)`,
    disabled: notAvailable !== undefined && name !== current,
  }));
  if (interfaces.some(({ name }) => name === current)) return known;
  return [...known, { value: current, label: `${current} (not here)` }];
}

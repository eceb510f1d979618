import type { ReactElement } from 'react';
import {
  type NetworkOf,
  type NetworkSettings,
  softnetExposeSchema,
  softnetTargetSchema,
} from '../../../electron/contract/network-settings.ts';
import { EditableRow } from './editable-row.tsx';

type Softnet = NetworkOf<'softnet'>;

/** What Softnet lets through: lists as they are typed, with commas. */
export function SoftnetLists({
  settings,
  onSave,
}: {
  settings: Softnet;
  onSave: (settings: NetworkSettings) => Promise<boolean>;
}): ReactElement {
  const targets = (label: string, key: 'allow' | 'block'): ReactElement => (
    <EditableRow
      label={label}
      shown={settings[key].join(', ') || 'nothing'}
      value={settings[key].join(', ') || 'none'}
      isOpen
      check={(text) => {
        const wrong = itemsOf(text).find((item) => !softnetTargetSchema.safeParse(item).success);
        return wrong === undefined ? undefined : `${wrong}: like 10.1.0.0/16, or @host`;
      }}
      onSave={(text) => {
        const list = softnetTargetSchema.array().safeParse(itemsOf(text));
        return list.success ? onSave({ ...settings, [key]: list.data }) : Promise.resolve(false);
      }}
    />
  );
  return (
    <>
      {targets('Allow', 'allow')}
      {targets('Block', 'block')}
      <EditableRow
        label="Expose"
        shown={portsText(settings) || 'no port'}
        value={portsText(settings) || 'none'}
        isOpen
        check={(text) => {
          const wrong = itemsOf(text).find((item) => portsOf(item) === undefined);
          return wrong === undefined ? undefined : `${wrong}: like 2222:22`;
        }}
        onSave={(text) => onSave({ ...settings, expose: itemsOf(text).flatMap((item) => portsOf(item) ?? []) })}
      />
    </>
  );
}

/** What stands between commas; “none” is no item. */
function itemsOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '' && item !== 'none');
}

function portsText({ expose }: Softnet): string {
  return expose.map(({ external, internal }) => `${external}:${internal}`).join(', ');
}

function portsOf(text: string): Softnet['expose'][number] | undefined {
  const [, external, internal] = /^(\d{1,5}):(\d{1,5})$/.exec(text) ?? [];
  const parsed = softnetExposeSchema.safeParse({ external: Number(external), internal: Number(internal) });
  return parsed.success ? parsed.data : undefined;
}

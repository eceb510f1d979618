import { type ReactElement, useState } from 'react';
import { defaultSettings, type SettingKey, type Settings } from '../../../electron/contract/settings.ts';
import { Button } from '../../components/button.tsx';
import { Choice, Field } from '../../components/field.tsx';
import type { SettingsInUse } from './use-settings.ts';

/** The keys whose settings are of one type. */
type KeyOf<T> = { [K in SettingKey]: Settings[K] extends T ? K : never }[SettingKey];

export interface RowProps {
  readonly label: string;
  /** What it means, in a sentence below it. */
  readonly about?: string;
  readonly inUse: SettingsInUse;
  readonly settings: Settings;
}

/** A row: its label, its control, and a way back to the default where it was changed. */
function Row(props: RowProps & { name: SettingKey; children: ReactElement }): ReactElement {
  const { label, about, inUse, settings, name, children } = props;
  const refused = inUse.refused.get(name);
  const isChanged = JSON.stringify(settings[name]) !== JSON.stringify(defaultSettings[name]);
  return (
    <div className="setting-row">
      <span className="setting-label">{label}</span>
      <div className="setting-control">
        <div className="setting-value">
          {children}
          {isChanged ? (
            <Button size="small" aria-label={`Reset ${label}`} onClick={() => inUse.reset([name])}>
              Reset
            </Button>
          ) : null}
        </div>
        {refused === undefined ? null : (
          <p className="setting-refused" role="alert">
            {refused}
          </p>
        )}
        {about === undefined ? null : <p className="caption">{about}</p>}
      </div>
    </div>
  );
}

/** Something that is on or off. */
export function SwitchRow(props: RowProps & { name: KeyOf<boolean> }): ReactElement {
  const { name, label, inUse, settings } = props;
  return (
    <Row {...props}>
      <input
        type="checkbox"
        aria-label={label}
        checked={settings[name]}
        onChange={({ target }) => inUse.change(name, target.checked)}
      />
    </Row>
  );
}

/** One of a few values. */
export function ChoiceRow(
  props: RowProps & {
    name: 'appearance' | 'quit.runningMachines';
    options: readonly { value: string; label: string }[];
  },
): ReactElement {
  const { name, label, inUse, settings, options } = props;
  return (
    <Row {...props}>
      <Choice label={label} value={settings[name]} options={options} onChange={(value) => inUse.change(name, value)} />
    </Row>
  );
}

/** A number or text that is sent when the field is left or Return is pressed. */
export function TextRow(
  props: RowProps & {
    name: Exclude<SettingKey, KeyOf<boolean>>;
    unit?: string;
    placeholder?: string;
    width: number;
    /** What the text means; the schema says whether it may be that. */
    parse: (text: string) => unknown;
  },
): ReactElement {
  const { name, label, unit, placeholder = '', width, inUse, settings, parse } = props;
  const shown = textOf(settings[name]);
  const [typed, setTyped] = useState<{ text: string; over: string }>();
  // What is set meanwhile, here or by another program, goes before what was typed over the older value.
  if (typed !== undefined && typed.over !== shown) setTyped(undefined);
  const text = typed?.over === shown ? typed.text : shown;
  const send = (): void => {
    if (text !== shown) inUse.change(name, parse(text.trim()));
  };
  return (
    <Row {...props}>
      <Field
        label={label}
        width={width}
        value={text}
        placeholder={placeholder}
        aria-invalid={inUse.refused.has(name)}
        {...(unit === undefined ? {} : { unit })}
        onChange={({ target }) => setTyped({ text: target.value, over: shown })}
        onBlur={send}
        onKeyDown={({ key }) => {
          if (key === 'Enter') send();
          if (key === 'Escape') setTyped(undefined);
        }}
      />
    </Row>
  );
}

function textOf(value: Settings[SettingKey]): string {
  if (value === null) return '';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

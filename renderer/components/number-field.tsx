import { type ReactElement, useState } from 'react';
import { Field } from './field.tsx';

/**
 * A field for a number. What is typed stays as it is, also "1." on the way to "1.5"; what is no number is told as NaN, and
 * `error` then has to say what is wanted.
 */
export function NumberField({
  label,
  value,
  unit,
  width,
  error,
  isInvalid = error !== undefined,
  onChange,
}: {
  label: string;
  value: number;
  unit?: string;
  width: number;
  error?: string | undefined;
  /** Where what is wrong is said beside the field. */
  isInvalid?: boolean;
  onChange: (value: number) => void;
}): ReactElement {
  const [text, setText] = useState(() => textOf(value));
  // A slider or stepper may have changed it meanwhile.
  const shown = Object.is(numberOf(text), value) ? text : textOf(value);
  return (
    <Field
      label={label}
      inputMode="decimal"
      width={width}
      value={shown}
      error={error}
      aria-invalid={isInvalid}
      {...(unit === undefined ? {} : { unit })}
      onChange={({ target }) => {
        setText(target.value);
        onChange(numberOf(target.value));
      }}
    />
  );
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.'));
}

function textOf(value: number): string {
  return Number.isNaN(value) ? '' : String(value);
}

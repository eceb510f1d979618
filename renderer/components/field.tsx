import { type ComponentProps, type ReactElement, type ReactNode, useId } from 'react';
import { Icon } from './icon.tsx';
import './field.css';

/** A text field with what is wrong said below it. `unit` stands inside at its end. */
export function Field({
  label,
  unit,
  error,
  mono = false,
  width,
  ...rest
}: {
  label: string;
  unit?: string;
  error?: string | undefined;
  mono?: boolean;
  width?: number;
} & Omit<ComponentProps<'input'>, 'aria-label' | 'width'>): ReactElement {
  const errorId = useId();
  return (
    <span className="field-with-error">
      <span
        className="field"
        data-invalid={error !== undefined || rest['aria-invalid'] === true || undefined}
        style={width === undefined ? undefined : { width }}
      >
        <input
          aria-label={label}
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? undefined : errorId}
          className={mono ? 'mono' : undefined}
          spellCheck={false}
          autoComplete="off"
          {...rest}
        />
        {unit === undefined ? null : <span className="field-unit">{unit}</span>}
      </span>
      {error === undefined ? null : (
        <span id={errorId} className="field-error" role="alert">
          <Icon name="warning" size={12} /> {error}
        </span>
      )}
    </span>
  );
}

/** A label at the left of one or more controls. */
export function FormRow({ label, children }: { label: string; children: ReactNode }): ReactElement {
  return (
    <div className="form-row">
      <span className="form-label">{label}</span>
      <div className="form-control">{children}</div>
    </div>
  );
}

/** A box to tick, with what it means beside it. */
export function CheckBox({
  isChosen,
  onChoose,
  children,
  grows = false,
}: {
  isChosen: boolean;
  onChoose: (isChosen: boolean) => void;
  children: ReactNode;
  /** Takes the room that is left in its row. */
  grows?: boolean;
}): ReactElement {
  return (
    <label className={grows ? 'form-line grow' : 'form-line'}>
      <input type="checkbox" checked={isChosen} onChange={({ target }) => onChoose(target.checked)} />
      {children}
    </label>
  );
}

/** One of several values, by the system's own menu. */
export function Choice({
  label,
  value,
  options,
  onChange,
  disabled = false,
}: {
  label: string;
  value: string;
  /** One that is `disabled` is shown, and can't be chosen. */
  options: readonly { value: string; label: string; disabled?: boolean }[];
  onChange: (value: string) => void;
  disabled?: boolean;
}): ReactElement {
  return (
    <span className="choice">
      <select aria-label={label} value={value} disabled={disabled} onChange={({ target }) => onChange(target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled ?? false}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="up-down" size={12} />
    </span>
  );
}

import type { ComponentProps, ReactElement } from 'react';
import './button.css';
import { Icon, type IconName } from './icon.tsx';

/** A push button. `filled` for the one likely step of a view, `danger` only in the alert that confirms a loss. */
export function Button({
  look = 'plain',
  size = 'large',
  icon,
  children,
  ...rest
}: {
  look?: 'plain' | 'filled' | 'danger' | 'link';
  size?: 'small' | 'large';
  icon?: IconName;
} & ComponentProps<'button'>): ReactElement {
  return (
    <button type="button" className="button" data-look={look} data-size={size} {...rest}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that is only an icon; `label` is its name and its tooltip, with `keys` behind it where it has a shortcut. */
export function IconButton({
  icon,
  label,
  keys,
  size = 'large',
  iconSize = 16,
  ...rest
}: {
  icon: IconName;
  label: string;
  keys?: string | undefined;
  size?: 'small' | 'large';
  iconSize?: 12 | 16;
} & Omit<ComponentProps<'button'>, 'aria-label' | 'title'>): ReactElement {
  return (
    <button
      type="button"
      className="icon-button"
      data-size={size}
      aria-label={label}
      title={keys === undefined ? label : `${label} (${keys})`}
      {...rest}
    >
      <Icon name={icon} size={iconSize} />
    </button>
  );
}

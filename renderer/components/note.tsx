import type { ReactElement, ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import './note.css';

const icons: Record<'neutral' | 'info' | 'good' | 'warning' | 'failed', IconName> = {
  neutral: 'info',
  info: 'info',
  good: 'check',
  warning: 'warning',
  failed: 'warning',
};

/** Something to know at the place where it matters, with at most one button. Failures are spoken at once. */
export function Note({
  look = 'neutral',
  children,
  action,
}: {
  look?: keyof typeof icons;
  children: ReactNode;
  action?: ReactNode;
}): ReactElement {
  return (
    <div className="note" data-look={look} role={look === 'failed' ? 'alert' : 'note'}>
      <Icon name={icons[look]} />
      <div className="note-text">{children}</div>
      {action}
    </div>
  );
}

import { AlertDialog, Dialog } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import { Button } from './button.tsx';
import './sheet.css';

/** The control with `data-first-focus`, if one has it, else the first: a menu that led here still held the focus as it was made. */
function focusWanted(event: Event): void {
  const sheet = event.currentTarget;
  const wanted = sheet instanceof HTMLElement ? sheet.querySelector<HTMLElement>('[data-first-focus]') : null;
  if (wanted === null) return;
  event.preventDefault();
  wanted.focus();
}

/** A sheet over the window: keyboard and reader stay inside, Escape closes it. Its body scrolls, header and footer stay. */
export function Sheet({
  title,
  subtitle,
  children,
  footer,
  onClose,
  width = 'wide',
}: {
  title: string;
  subtitle?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  onClose: () => void;
  width?: 'wide' | 'narrow';
}): ReactElement {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="sheet" data-width={width} aria-describedby={undefined} onOpenAutoFocus={focusWanted}>
          <header>
            <Dialog.Title>{title}</Dialog.Title>
            {typeof subtitle === 'string' ? <p>{subtitle}</p> : subtitle}
          </header>
          <div className="sheet-body">{children}</div>
          {footer === undefined ? null : <footer>{footer}</footer>}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Asks before something is lost. The safe way out has the focus; the verb says what happens. */
export function Confirm({
  title,
  text,
  verb,
  onConfirm,
  onCancel,
}: {
  title: string;
  text: string;
  verb: string;
  onConfirm: () => void;
  onCancel: () => void;
}): ReactElement {
  return (
    <AlertDialog.Root open onOpenChange={(isOpen) => isOpen || onCancel()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="scrim" />
        <AlertDialog.Content className="sheet" data-width="narrow">
          <header>
            <AlertDialog.Title asChild>
              <h2>{title}</h2>
            </AlertDialog.Title>
            <AlertDialog.Description asChild>
              <p>{text}</p>
            </AlertDialog.Description>
          </header>
          <footer>
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild onClick={onConfirm}>
              <Button look="danger">{verb}</Button>
            </AlertDialog.Action>
          </footer>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

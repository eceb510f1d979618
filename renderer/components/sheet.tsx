import { AlertDialog, Dialog } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import { Button } from './button.tsx';
import './sheet.css';

/** A sheet over the window; its body scrolls, header and footer stay. Esc closes it. */
export function Sheet({
  title,
  subtitle,
  children,
  footer,
  onClose,
}: {
  title: string;
  subtitle: string;
  children: ReactNode;
  footer: ReactNode;
  onClose: () => void;
}): ReactElement {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => isOpen || onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="sheet">
          <header>
            <Dialog.Title asChild>
              <h2>{title}</h2>
            </Dialog.Title>
            <Dialog.Description asChild>
              <p>{subtitle}</p>
            </Dialog.Description>
          </header>
          <div className="sheet-body">{children}</div>
          <footer>{footer}</footer>
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
        <AlertDialog.Content className="sheet" style={{ '--sheet-width': '400px' } as React.CSSProperties}>
          <header>
            <AlertDialog.Title asChild>
              <h2>{title}</h2>
            </AlertDialog.Title>
            <AlertDialog.Description asChild>
              <p>{text}</p>
            </AlertDialog.Description>
          </header>
          <footer>
            <span className="grow" />
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

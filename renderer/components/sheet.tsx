import { Dialog } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import './sheet.css';

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
        <Dialog.Content className="sheet" data-width={width} aria-describedby={undefined}>
          <header>
            <Dialog.Title>{title}</Dialog.Title>
            {subtitle}
          </header>
          <div className="sheet-body">{children}</div>
          {footer === undefined ? null : <footer>{footer}</footer>}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

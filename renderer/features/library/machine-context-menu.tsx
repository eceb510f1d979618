import type { ReactElement, ReactNode } from 'react';
import type { Vm } from '../../../electron/contract/machine.ts';
import { offersIn } from '../../commands/offers.ts';
import { useApp } from '../../state/app.tsx';
import { OffersContextMenu } from '../../collection/offers-menu.tsx';

/** The verbs of the chosen machines, at the pointer. `chosen` is asked when it opens, after the click selected. */
export function MachineContextMenu({
  chosen,
  children,
}: {
  chosen: () => readonly Vm[];
  children: ReactNode;
}): ReactElement {
  const app = useApp();
  return (
    <OffersContextMenu offers={() => offersIn('context', app, { machines: chosen() })}>{children}</OffersContextMenu>
  );
}

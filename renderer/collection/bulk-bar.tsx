import type { ReactElement } from 'react';
import type { Vm } from '../../electron/contract/machine.ts';
import { offersIn, type Offer } from '../commands/offers.ts';
import { Button, IconButton } from '../components/button.tsx';
import type { IconName } from '../components/icon.tsx';
import { useApp } from '../state/app.tsx';
import { diskText } from '../../electron/contract/words/sizes.ts';

/** The verbs for several chosen machines, each with how many it applies to; those with none are absent. */
export function MachineBulkBar({ chosen }: { chosen: readonly Vm[] }): ReactElement {
  const app = useApp();
  return (
    <BulkBar
      label="Chosen machines"
      chosen={chosen}
      offers={offersIn('bulk', app, { machines: chosen })}
      onClear={() => app.view.setState({ selection: new Set() })}
    />
  );
}

/** What can be done with several things at once, over the end of their list. */
export function BulkBar({
  label,
  chosen,
  offers,
  onClear,
}: {
  label: string;
  chosen: readonly { allocatedBytes: number }[];
  offers: readonly Offer[];
  onClear: () => void;
}): ReactElement {
  const total = chosen.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0);
  return (
    <div className="bulk-bar" role="toolbar" aria-label={label}>
      <b>{chosen.length} selected</b>
      <span className="secondary">{diskText(total)}</span>
      <span className="bar-line" />
      {offers.map((offer) => (
        <Button
          key={offer.command.id}
          className="button bulk-verb"
          data-destructive={offer.command.destructive === true ? true : undefined}
          // Icons of the table are names of ours, which a test sees to.
          icon={offer.command.icon as IconName}
          onClick={offer.run}
        >
          {offer.label}
        </Button>
      ))}
      <IconButton icon="close" label="Clear Selection" onClick={onClear} />
    </div>
  );
}

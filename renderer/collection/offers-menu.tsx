import { ContextMenu } from 'radix-ui';
import { Fragment, type ReactElement, type ReactNode } from 'react';
import { keysOf } from '../commands/accelerator.ts';
import type { Offer } from '../commands/offers.ts';
import { MenuItem, MenuSeparator } from '../components/menu.tsx';
import { useApp } from '../state/app.tsx';

/** In the groups of the table of commands. */
function inGroups(offers: readonly Offer[]): Offer[][] {
  const groups = Object.values(Object.groupBy(offers, ({ command }) => command.group));
  return groups.filter((group) => group !== undefined);
}

/** What can be done with what is chosen, at the pointer. `offers` is asked when it opens, after the click selected. */
export function OffersContextMenu({
  offers,
  children,
}: {
  offers: () => readonly Offer[];
  children: ReactNode;
}): ReactElement {
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger asChild>{children}</ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content className="menu" collisionPadding={8}>
          <ContextItems offers={offers()} />
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

function ContextItems({ offers }: { offers: readonly Offer[] }): ReactElement {
  const { shell } = useApp();
  return (
    <>
      {inGroups(offers).map((group, index) => (
        <Fragment key={group[0]?.command.id}>
          {index === 0 ? null : <ContextMenu.Separator className="menu-separator" />}
          {group.map(({ command, label, run }) => (
            <ContextMenu.Item
              key={command.id}
              className="menu-item"
              data-destructive={command.destructive === true ? true : undefined}
              onSelect={run}
            >
              {label}
              <span className="menu-keys">{keysOf(command, shell)}</span>
            </ContextMenu.Item>
          ))}
        </Fragment>
      ))}
    </>
  );
}

/** The same as the items of a menu below a button. */
export function OfferItems({ offers }: { offers: readonly Offer[] }): ReactElement {
  const { shell } = useApp();
  return (
    <>
      {inGroups(offers).map((group, index) => (
        <Fragment key={group[0]?.command.id}>
          {index === 0 ? null : <MenuSeparator />}
          {group.map(({ command, label, run }) => (
            <MenuItem
              key={command.id}
              keys={keysOf(command, shell)}
              destructive={command.destructive === true}
              onSelect={run}
            >
              {label}
            </MenuItem>
          ))}
        </Fragment>
      ))}
    </>
  );
}

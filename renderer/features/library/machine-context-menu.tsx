import { ContextMenu } from 'radix-ui';
import { Fragment, type ReactElement, type ReactNode } from 'react';
import { commandTitle, type Command, type CommandId } from '../../../electron/contract/commands.ts';
import type { Vm } from '../../../electron/contract/machine.ts';
import { keysOf } from '../../commands/accelerator.ts';
import { isEnabled, libraryCommands, runCommand, targetsOf } from '../../commands/run.ts';
import { useApp } from '../../state/app.tsx';

/** The commands of a context menu that have something to do, in their groups. */
function groupsFor(chosen: readonly Vm[], app: Parameters<typeof isEnabled>[2]): Command[][] {
  const offered = libraryCommands().filter(
    (command) => command.places?.includes('context') === true && isEnabled(command, chosen, app),
  );
  return Object.values(Object.groupBy(offered, ({ group }) => group)).filter((group) => group !== undefined);
}

/** The verbs of the chosen machines, at the pointer. `chosen` is asked when it opens, after the click selected. */
export function MachineContextMenu({
  chosen,
  children,
}: {
  chosen: () => readonly Vm[];
  children: ReactNode;
}): ReactElement {
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger asChild>{children}</ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content className="menu" collisionPadding={8}>
          <MenuItems chosen={chosen()} />
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

function MenuItems({ chosen }: { chosen: readonly Vm[] }): ReactElement {
  const app = useApp();
  return (
    <>
      {groupsFor(chosen, app).map((group, index) => (
        <Fragment key={group[0]?.id}>
          {index === 0 ? null : <ContextMenu.Separator className="menu-separator" />}
          {group.map((command) => {
            const count = targetsOf(command, chosen).length;
            const title = commandTitle(command, app.shell.platform);
            return (
              <ContextMenu.Item
                key={command.id}
                className="menu-item"
                data-destructive={command.destructive === true ? true : undefined}
                onSelect={() => runCommand(app, command.id as CommandId, chosen)}
              >
                {chosen.length > 1 ? `${title.replace('…', '')} ${count}${title.endsWith('…') ? '…' : ''}` : title}
                <span className="menu-keys">{keysOf(command, app.shell)}</span>
              </ContextMenu.Item>
            );
          })}
        </Fragment>
      ))}
    </>
  );
}

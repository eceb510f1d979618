import type { ReactElement } from 'react';
import { commandTitle, type CommandId } from '../../../electron/contract/commands.ts';
import type { Vm } from '../../../electron/contract/machine.ts';
import { libraryCommands, runCommand, targetsOf } from '../../commands/run.ts';
import { Button, IconButton } from '../../components/button.tsx';
import type { IconName } from '../../components/icon.tsx';
import { useApp } from '../../state/app.tsx';
import { diskText } from '../../words/sizes.ts';

/** The verbs for several chosen machines, each with how many it applies to; those with none are absent. */
export function BulkBar({ chosen }: { chosen: readonly Vm[] }): ReactElement {
  const app = useApp();
  const total = chosen.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0);
  const offered = libraryCommands()
    .filter(({ places }) => places?.includes('bulk') === true)
    .map((command) => ({ command, count: targetsOf(command, chosen).length }))
    .filter(({ count }) => count > 0);
  return (
    <div className="bulk-bar" role="toolbar" aria-label="Chosen machines">
      <b>{chosen.length} selected</b>
      <span className="secondary">{diskText(total)}</span>
      <span className="bar-line" />
      {offered.map(({ command, count }) => {
        const title = commandTitle(command, app.shell.platform);
        const label = title.startsWith('Move to')
          ? `Move ${count} to${title.slice('Move to'.length)}`
          : `${title} ${count}`;
        return (
          <Button
            key={command.id}
            className="button bulk-verb"
            data-destructive={command.destructive === true ? true : undefined}
            icon={command.icon as IconName}
            onClick={() => runCommand(app, command.id as CommandId, chosen)}
          >
            {label}
          </Button>
        );
      })}
      <IconButton icon="close" label="Clear Selection" onClick={() => app.view.setState({ selection: new Set() })} />
    </div>
  );
}

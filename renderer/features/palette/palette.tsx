import { Command as Palette } from 'cmdk';
import type { ReactElement } from 'react';
import { commandTitle } from '../../../electron/contract/commands/commands.ts';
import { keysOf } from '../../commands/accelerator.ts';
import type { Chosen } from '../../commands/command.ts';
import { chosenIn, libraryCommands } from '../../commands/library-commands.ts';
import { StateGlyph } from '../../components/state-mark.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { imageName } from '../../words/image-words.ts';
import { stateOf } from '../../words/state-words.ts';
import './palette.css';

/** What a command would work on, behind its title. */
function wordsOf({ machines = [], images = [] }: Chosen): string {
  const names = [...machines.map(({ name }) => name), ...images.map(imageName)];
  const [only = ''] = names;
  return names.length === 1 ? only : `${names.length} ${images.length > 0 ? 'images' : 'machines'}`;
}

/** Everything that can be done now, and every machine, by typing a part of its name. */
export function CommandPalette({ onClose }: { onClose: () => void }): ReactElement {
  const app = useApp();
  const vms = useLibrary((state) => [...(state.vms?.values() ?? [])]);
  const chosen = chosenIn(app);
  const offered = libraryCommands.filter((command) => command.when(app, chosen));
  const choose = (work: () => void): void => {
    onClose();
    work();
  };
  return (
    <Palette.Dialog
      open
      label="Command palette"
      overlayClassName="scrim"
      contentClassName="palette"
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Palette.Input placeholder="What do you want to do?" aria-label="Command or machine" />
      <Palette.List label="Commands and machines">
        <Palette.Empty>No matching command</Palette.Empty>
        <Palette.Group heading="Commands">
          {offered.map((command) => (
            <Palette.Item
              key={command.id}
              value={`${command.title} ${command.id}`}
              onSelect={() => choose(() => command.perform(app, chosen))}
            >
              <span className="grow">
                {commandTitle(command, app.shell.platform)}
                {command.scope === 'app' ? null : ` — ${wordsOf(chosen)}`}
              </span>
              <kbd>{keysOf(command, app.shell)}</kbd>
            </Palette.Item>
          ))}
        </Palette.Group>
        <Palette.Group heading="Machines">
          {vms.map((vm) => (
            <Palette.Item
              key={vm.id}
              value={`${vm.name} ${vm.id}`}
              onSelect={() =>
                choose(() =>
                  app.view.setState({
                    page: 'machines',
                    filter: { by: 'all' },
                    query: '',
                    selection: new Set([vm.id]),
                    anchor: vm.id,
                    focus: vm.id,
                  }),
                )
              }
            >
              <StateGlyph look={stateOf(vm).look} />
              <span className="grow cut">{vm.name}</span>
              <span className="caption">{stateOf(vm).word}</span>
            </Palette.Item>
          ))}
        </Palette.Group>
      </Palette.List>
    </Palette.Dialog>
  );
}

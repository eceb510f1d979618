import type { ReactElement } from 'react';
import { commands, commandTitle } from '../../../electron/contract/commands/commands.ts';
import { keysOf } from '../../commands/accelerator.ts';
import { libraryCommands } from '../../commands/library-commands.ts';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';

const others = [
  ['Arrows', 'Move'],
  ['Shift or Ctrl with a click', 'Extend the selection'],
  ['Letters', 'Go to a name'],
  ['Double click', 'Open the console; a machine that is stopped or suspended starts first'],
  ['Return', 'Rename a machine; make one of an image'],
  ['Delete', 'Delete images'],
  ['Shift+F10', 'Open the menu of what is chosen'],
  ['Space', 'Quick look'],
  ['Esc', 'Clear the selection, or close a sheet'],
  ['F6', 'Go round sidebar, toolbar, content, inspector, status bar'],
] as const;

/** Every key of this window and of the consoles, from the one table of commands. */
export function KeysSheet({ onClose }: { onClose: () => void }): ReactElement {
  const { shell } = useApp();
  const known = [...libraryCommands, ...commands.filter(({ scope }) => scope === 'console')];
  const rows = known.flatMap((command) => {
    const keys = keysOf(command, shell);
    return keys === undefined ? [] : [[keys, commandTitle(command, shell.platform).replace('…', '')] as const];
  });
  return (
    <Sheet
      title="Keyboard Shortcuts"
      onClose={onClose}
      footer={
        <Button look="filled" onClick={onClose}>
          Done
        </Button>
      }
    >
      {/* There are more than fit, and nothing among them that the keyboard could go to. */}
      <div role="region" aria-label="All keys" tabIndex={0}>
        <dl className="keys">
          {[...rows, ...others].map(([keys, what]) => (
            <div key={`${keys}${what}`}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Sheet>
  );
}

import type { ReactElement } from 'react';
import { commandById } from '../../electron/contract/commands/commands.ts';
import { keysOf } from '../commands/accelerator.ts';
import { runCommand } from '../commands/library-commands.ts';
import { IconButton } from '../components/button.tsx';
import { useApp } from '../state/app.tsx';
import { usePanel } from '../state/panels.ts';

/** The button that brings the sidebar back; nothing while that is there and has its own. */
export function ShowSidebar(): ReactElement | null {
  const app = useApp();
  const { isShown } = usePanel('sidebar');
  if (isShown) return null;
  return (
    <IconButton
      icon="sidebar"
      label="Show Sidebar"
      keys={keysOf(commandById('view.sidebar'), app.shell)}
      onClick={() => runCommand(app, 'view.sidebar')}
    />
  );
}

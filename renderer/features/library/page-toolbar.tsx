import type { ReactElement, ReactNode } from 'react';
import { commandById } from '../../../electron/contract/commands.ts';
import { keysOf } from '../../commands/accelerator.ts';
import { runCommand } from '../../commands/run.ts';
import { IconButton } from '../../components/button.tsx';
import { useApp } from '../../state/app.tsx';
import { usePanel } from '../../state/panels.ts';
import './page.css';

/** The top of a page that is not about machines: its title, a line about it, and what can be done with the whole. */
export function PageToolbar({
  title,
  caption,
  children,
}: {
  title: string;
  caption: string;
  children?: ReactNode;
}): ReactElement {
  const app = useApp();
  const sidebar = usePanel('sidebar');
  return (
    <header className="toolbar" data-region="toolbar">
      {sidebar.isShown ? null : (
        <IconButton
          icon="sidebar"
          label="Show Sidebar"
          keys={keysOf(commandById('view.sidebar'), app.shell)}
          onClick={() => runCommand(app, 'view.sidebar')}
        />
      )}
      <h1 className="page-title">{title}</h1>
      <span className="caption cut">{caption}</span>
      <span className="grow" />
      {children}
    </header>
  );
}

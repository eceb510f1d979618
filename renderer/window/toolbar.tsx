import type { ReactElement } from 'react';
import { commandById, type CommandId } from '../../electron/contract/commands/commands.ts';
import { keysOf } from '../commands/accelerator.ts';
import { runCommand } from '../commands/library-commands.ts';
import { Button, IconButton } from '../components/button.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { Menu, MenuChoice, MenuChoices } from '../components/menu.tsx';
import { onRadioKey } from '../components/radio-keys.ts';
import { useApp, useLibrary, useView } from '../state/app.tsx';
import { usePanel } from '../state/panels.ts';
import { machineCountText } from '../words/machine-count.ts';
import { type Filter, type SortKey, sortKeys } from '../state/shown.ts';
import { ShowSidebar } from '../collection/show-sidebar.tsx';

const titles: Record<Exclude<Filter['by'], 'tag'>, string> = { all: 'All', running: 'Running', suspended: 'Suspended' };
const sortTitles: Record<SortKey, string> = { name: 'Name', state: 'State', used: 'Last Used', size: 'Size on Disk' };

/** The title and what can be done with the whole view. */
export function Toolbar({ shownCount }: { shownCount: number }): ReactElement {
  const app = useApp();
  const { view } = app;
  const { filter, query, selected } = useView((state) => ({
    filter: state.filter,
    query: state.query,
    selected: state.selection.size,
  }));
  const inspector = usePanel('inspector');
  const isEmpty = useLibrary(({ vms }) => vms?.size === 0);
  return (
    <header className="toolbar" data-region="toolbar">
      <ShowSidebar />
      <h1 className="cut">{filter.by === 'tag' ? filter.tag : titles[filter.by]}</h1>
      <span className="caption cut">{countText(shownCount, selected)}</span>
      <span className="grow" />
      {isEmpty ? null : (
        <>
          <ViewSwitch />
          <SortMenu />
        </>
      )}
      <label className="search">
        <Icon name="search" />
        <input
          type="search"
          placeholder="Search"
          aria-label="Search"
          value={query}
          onChange={({ target }) => view.setState({ query: target.value })}
          onKeyDown={(event) => {
            if (event.key === 'Escape') view.setState({ query: '' });
          }}
        />
        <kbd>{keysOf(commandById('edit.find'), app.shell)}</kbd>
      </label>
      <Button
        icon="plus"
        look={isEmpty ? 'plain' : 'filled'}
        title={withKeys('New Virtual Machine', 'file.new', app.shell)}
        onClick={() => runCommand(app, 'file.new')}
      >
        New
      </Button>
      <IconButton
        icon="inspector"
        label="Inspector"
        keys={keysOf(commandById('view.inspector'), app.shell)}
        aria-pressed={inspector.isShown}
        onClick={() => runCommand(app, 'view.inspector')}
      />
    </header>
  );
}

function countText(shown: number, selected: number): string {
  if (selected > 1) return `${selected} of ${shown} selected`;
  if (shown === 0) return 'No virtual machines';
  return machineCountText(shown);
}

function withKeys(label: string, id: CommandId, shell: Parameters<typeof keysOf>[1]): string {
  const keys = keysOf(commandById(id), shell);
  return keys === undefined ? label : `${label} (${keys})`;
}

function ViewSwitch(): ReactElement {
  const app = useApp();
  const view = useView((state) => state.view);
  const choice = (value: 'icons' | 'list', icon: IconName, id: CommandId): ReactElement => (
    <button
      type="button"
      role="radio"
      aria-checked={view === value}
      tabIndex={view === value ? 0 : -1}
      aria-label={value === 'icons' ? 'As Icons' : 'As List'}
      title={withKeys(value === 'icons' ? 'As Icons' : 'As List', id, app.shell)}
      onClick={() => runCommand(app, id)}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <div className="segments" role="radiogroup" aria-label="View" onKeyDown={onRadioKey}>
      {choice('icons', 'grid', 'view.icons')}
      {choice('list', 'list', 'view.list')}
    </div>
  );
}

function SortMenu(): ReactElement {
  const { view } = useApp();
  const { sort, descending } = useView(({ sort, descending }) => ({ sort, descending }));
  return (
    <Menu trigger={<IconButton icon="sort" label="Sort" />}>
      <MenuChoices
        value={sort}
        onValueChange={(value) => {
          const key = sortKeys.find((known) => known === value);
          if (key !== undefined) view.setState({ sort: key, descending: key === sort ? !descending : false });
        }}
      >
        {sortKeys.map((key) => (
          <MenuChoice key={key} value={key}>
            {sortTitles[key]}
          </MenuChoice>
        ))}
      </MenuChoices>
    </Menu>
  );
}

import type { ReactElement, ReactNode } from 'react';
import { commandById } from '../../electron/contract/commands/commands.ts';
import { keysOf } from '../commands/accelerator.ts';
import { runCommand } from '../commands/library-commands.ts';
import { IconButton } from '../components/button.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { TagDot } from '../components/tag.tsx';
import { failedChecks, useDiagnosis } from '../state/diagnosis.ts';
import { type App, useApp, useLibrary, useView } from '../state/app.tsx';
import { togglePanel, useCloseFloating } from '../state/panels.ts';
import { type Filter, isIn, tagsOf } from '../state/shown.ts';
import type { Page } from '../state/view-store.ts';
import { memoryText } from '../../electron/contract/words/sizes.ts';
import { isAlive } from '../../electron/contract/verbs.ts';
import type { Vm } from '../../electron/contract/machine.ts';

const noVms: ReadonlyMap<string, Vm> = new Map();

function isSame(a: Filter, b: Filter): boolean {
  return a.by === b.by && (a.by !== 'tag' || (b.by === 'tag' && a.tag === b.tag));
}

/** The parts of the library, and what this host gives to machines. */
export function Sidebar(): ReactElement {
  const { view, shell } = useApp();
  const vms = useLibrary((state) => state.vms) ?? noVms;
  const all = [...vms.values()];
  const tags = tagsOf(vms);
  const count = (filter: Filter): number => all.filter((vm) => isIn(vm, filter)).length;
  return (
    <aside className="sidebar" data-region="sidebar">
      <div className="sidebar-top" data-lights={(shell.kind === 'desktop' && shell.platform === 'darwin') || undefined}>
        <IconButton
          icon="sidebar"
          label="Hide Sidebar"
          keys={keysOf(commandById('view.sidebar'), shell)}
          onClick={() => togglePanel(view, 'sidebar')}
        />
      </div>
      <nav aria-label="Library">
        <h2>Library</h2>
        <ul>
          <Place filter={{ by: 'all' }} icon="display" label="All" count={all.length} />
          <Place filter={{ by: 'running' }} icon="play" label="Running" count={count({ by: 'running' })} />
          <Place filter={{ by: 'suspended' }} icon="moon" label="Suspended" count={count({ by: 'suspended' })} />
        </ul>
        {tags.length === 0 ? null : (
          <>
            <h2>Tags</h2>
            <ul>
              {tags.map(([tag, tagged]) => (
                <Place key={tag} filter={{ by: 'tag', tag }} mark={<TagDot tag={tag} />} label={tag} count={tagged} />
              ))}
            </ul>
          </>
        )}
        <h2>Store</h2>
        <ul>
          <ImagesItem />
          <JobsItem />
        </ul>
        <HostPlaces />
      </nav>
      <HostFooter vms={all} />
    </aside>
  );
}

function Place({
  filter,
  icon,
  mark,
  label,
  count,
}: {
  filter: Filter;
  icon?: IconName;
  mark?: ReactNode;
  label: string;
  count: number;
}): ReactElement {
  const { view } = useApp();
  const close = useCloseFloating();
  const isCurrent = useView((state) => state.page === 'machines' && isSame(state.filter, filter));
  return (
    <li>
      <button
        type="button"
        className="sidebar-item"
        aria-current={isCurrent ? 'page' : undefined}
        onClick={() => {
          view.setState({ page: 'machines', filter, selection: new Set(), anchor: undefined, focus: undefined });
          close();
        }}
      >
        {icon === undefined ? mark : <Icon name={icon} />}
        <span className="cut grow">{label}</span>
        <span className="sidebar-count">{count === 0 && filter.by !== 'all' ? '' : count}</span>
      </button>
    </li>
  );
}

function ImagesItem(): ReactElement {
  const count = useLibrary(({ images }) => images?.length ?? 0);
  return (
    <PageItem page="images" icon="layers" label="Images">
      {count > 0 ? <span className="sidebar-count">{count}</span> : null}
    </PageItem>
  );
}

function JobsItem(): ReactElement {
  const { view } = useApp();
  const running = useLibrary(({ jobs }) => jobs.filter(({ state }) => state === 'running').length);
  const failed = useLibrary(({ jobs }) => jobs.filter(({ state }) => state === 'failed').length);
  return (
    <li>
      <button type="button" className="sidebar-item" onClick={() => view.setState({ overlay: { kind: 'jobs' } })}>
        <Icon name="jobs" />
        <span className="cut grow">Jobs</span>
        {running > 0 ? (
          <span className="sidebar-count busy">
            <span className="spinner" aria-hidden="true" /> {running}
          </span>
        ) : null}
        {failed > 0 ? (
          <span className="badge" title={failed === 1 ? '1 job failed' : `${failed} jobs failed`}>
            {failed}
          </span>
        ) : null}
      </button>
    </li>
  );
}

/** What concerns the computer and no machine. */
function HostPlaces(): ReactElement {
  const noun = useLibrary(({ host }) => host?.noun ?? 'This computer');
  const failed = useDiagnosis(({ diagnosis }) => failedChecks(diagnosis));
  return (
    <>
      <h2>{noun}</h2>
      <ul>
        <PageItem page="network" icon="network" label="Network" />
        <PageItem page="doctor" icon="pulse" label="Doctor">
          {failed > 0 ? (
            <span className="badge" title={failed === 1 ? '1 check failed' : `${failed} checks failed`}>
              {failed}
            </span>
          ) : null}
        </PageItem>
        <PageItem page="settings" icon="settings" label="Settings" onOpen={(app) => runCommand(app, 'app.settings')} />
      </ul>
    </>
  );
}

/** The way to a page that shows no machines. */
function PageItem(props: {
  page: Page;
  icon: IconName;
  label: string;
  onOpen?: (app: App) => void;
  children?: ReactNode;
}): ReactElement {
  const { page, icon, label, children, onOpen } = props;
  const app = useApp();
  const close = useCloseFloating();
  const isCurrent = useView((state) => state.page === page);
  return (
    <li>
      <button
        type="button"
        className="sidebar-item"
        aria-current={isCurrent ? 'page' : undefined}
        onClick={() => {
          if (onOpen === undefined) app.view.setState({ page });
          else onOpen(app);
          close();
        }}
      >
        <Icon name={icon} />
        <span className="cut grow">{label}</span>
        {children}
      </button>
    </li>
  );
}

/** A Mac runs two macOS guests at most; elsewhere memory is what runs out first. */
function HostFooter({ vms }: { vms: readonly Vm[] }): ReactElement | null {
  const host = useLibrary((state) => state.host);
  if (host === undefined) return null;
  const alive = vms.filter((vm) => vm.kind === 'machine').filter((vm) => isAlive(vm.state.phase));
  if (host.platform === 'darwin') {
    const macs = alive.filter(({ os }) => os === 'darwin').length;
    return (
      <footer title="macOS allows two macOS guests at a time. Linux guests do not count.">
        <div className="slots" aria-hidden="true">
          <i data-on={macs > 0 || undefined} />
          <i data-on={macs > 1 || undefined} />
        </div>
        <span>{macs} of 2 macOS VMs</span>
      </footer>
    );
  }
  const given = alive.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  const share = Math.min(1, given / host.memoryBytes);
  return (
    <footer title={`${memoryText(host.memoryAvailableBytes)} of this computer's memory is free now.`}>
      <div className="slots" aria-hidden="true">
        <i>
          <b style={{ width: `${share * 100}%` }} />
        </i>
      </div>
      <span>
        {memoryText(given)} of {memoryText(host.memoryBytes)} memory given
      </span>
    </footer>
  );
}

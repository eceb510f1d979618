import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactElement, useEffect, useRef } from 'react';
import type { Vm } from '../../../electron/contract/machine.ts';
import { Icon } from '../../components/icon.tsx';
import { HealthMark } from '../../components/health-mark.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { TagChip } from '../../components/tag.tsx';
import { useApp, useView } from '../../state/app.tsx';
import type { SortKey } from '../../state/shown.ts';
import { memoryText } from '../../../electron/contract/words/sizes.ts';
import { agoText } from '../../../electron/contract/words/times.ts';
import { exactText } from '../../words/times.ts';
import type { ItemProps } from './card.tsx';
import { MachineContextMenu } from './machine-context-menu.tsx';
import { NameOf } from './name.tsx';
import { ScreenPicture } from './picture.tsx';
import { statusLine, systemText } from '../../words/status-line.ts';
import { itemId, openingOf, useItems } from './use-items.ts';

const rowHeight = 32;

const columns: readonly { title: string; sort?: SortKey; align?: 'right' }[] = [
  { title: 'Name', sort: 'name' },
  { title: 'State', sort: 'state' },
  { title: 'System' },
  { title: 'Address' },
  { title: 'CPUs', align: 'right' },
  { title: 'Memory', align: 'right' },
  { title: 'Disk, GB', sort: 'size', align: 'right' },
  { title: 'Last Used', sort: 'used' },
  { title: 'Tags' },
];

/** The library as a table. */
export function List({ vms }: { vms: readonly Vm[] }): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  const { selection, focus } = useView(({ selection, focus }) => ({ selection, focus }));
  const rows = useVirtualizer({
    count: vms.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  const items = useItems(vms, 1);
  const focusIndex = vms.findIndex(({ id }) => id === focus);
  useEffect(() => {
    if (focusIndex !== -1) rows.scrollToIndex(focusIndex);
  }, [rows, focusIndex]);
  return (
    <div
      className="pane list"
      role="grid"
      tabIndex={0}
      aria-multiselectable="true"
      aria-label="Virtual machines"
      aria-rowcount={vms.length + 1}
      aria-activedescendant={focusIndex === -1 || focus === undefined ? undefined : itemId(focus)}
      data-region="content"
      onKeyDown={items.onKeyDown}
    >
      <Header />
      <MachineContextMenu chosen={items.chosenOrNone}>
        <div ref={scroller} className="list-rows" role="rowgroup" tabIndex={-1}>
          <div role="presentation" style={{ height: rows.getTotalSize(), position: 'relative' }}>
            {rows.getVirtualItems().map(({ index, start }) => {
              const vm = vms[index];
              return vm === undefined ? null : (
                <Row
                  key={vm.id}
                  vm={vm}
                  top={start}
                  index={index}
                  isSelected={selection.has(vm.id)}
                  isFocused={focus === vm.id}
                  onChoose={items.onChoose}
                  onOpen={items.onOpen}
                />
              );
            })}
          </div>
        </div>
      </MachineContextMenu>
    </div>
  );
}

function Header(): ReactElement {
  const { view } = useApp();
  const { sort, descending } = useView(({ sort, descending }) => ({ sort, descending }));
  return (
    <div role="rowgroup">
      <div className="list-row list-header" role="row" aria-rowindex={1}>
        {columns.map(({ title, sort: key, align }) => (
          <div
            key={title}
            role="columnheader"
            data-column={title}
            data-align={align}
            aria-sort={key === undefined || key !== sort ? undefined : descending ? 'descending' : 'ascending'}
          >
            {key === undefined ? (
              title
            ) : (
              <button
                type="button"
                tabIndex={-1}
                onClick={() => view.setState({ sort: key, descending: key === sort ? !descending : false })}
              >
                {title}
                {key === sort ? <Icon name="chevron-down" size={12} className={descending ? 'up' : undefined} /> : null}
              </button>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

function Row({
  vm,
  top,
  index,
  isSelected,
  isFocused,
  onChoose,
  onOpen,
}: ItemProps & { top: number; index: number }): ReactElement {
  return (
    <div
      id={itemId(vm.id)}
      className="list-row"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-selected={isSelected || undefined}
      data-focused={isFocused || undefined}
      data-unreadable={vm.kind === 'unreadable' || undefined}
      style={{ transform: `translateY(${top}px)` }}
      onMouseDown={(event) => onChoose(vm.id, event)}
      onDoubleClick={() => onOpen(vm)}
    >
      <div role="gridcell" className="list-name">
        <span className="list-picture" title={openingOf(vm)}>
          {vm.kind === 'machine' ? <ScreenPicture vm={vm} maxWidth={96} /> : <Icon name="unlink" />}
        </span>
        <NameOf vm={vm} />
      </div>
      <div role="gridcell">
        <StateMark vm={vm} />
        {vm.kind === 'machine' && vm.supervision?.health !== undefined ? (
          <>
            {' '}
            <HealthMark health={vm.supervision.health} brief />
          </>
        ) : null}
      </div>
      <Facts vm={vm} />
    </div>
  );
}

/** What is wrong takes the columns that then have nothing to say. */
function Facts({ vm }: { vm: Vm }): ReactElement {
  if (vm.kind === 'unreadable')
    return (
      <>
        <div role="gridcell" aria-colspan={4} className="wide cut" title={vm.reason}>
          {vm.reason}
        </div>
        <div role="gridcell" data-align="right">
          {gigabytes(vm.allocatedBytes)}
        </div>
        <UsedAndTags vm={vm} />
      </>
    );
  const line = statusLine(vm);
  if (line.failed === true)
    return (
      <>
        <div role="gridcell" aria-colspan={4} className="wide cut failed" title={line.text}>
          {line.text}
        </div>
        <DiskCell vm={vm} />
        <UsedAndTags vm={vm} />
      </>
    );
  return (
    <>
      <div role="gridcell" data-column="System" className="cut">
        {systemText(vm)}
      </div>
      <div role="gridcell" className={vm.address === undefined ? 'cut dim' : 'cut mono'}>
        {vm.address?.ip ?? 'none'}
      </div>
      <div role="gridcell" data-column="CPUs" data-align="right">
        {vm.cpuCount}
      </div>
      <div role="gridcell" data-column="Memory" data-align="right">
        {memoryText(vm.memoryBytes)}
      </div>
      <DiskCell vm={vm} />
      <UsedAndTags vm={vm} />
    </>
  );
}

function DiskCell({ vm }: { vm: Extract<Vm, { kind: 'machine' }> }): ReactElement {
  return (
    <div role="gridcell" data-align="right">
      {gigabytes(vm.allocatedBytes)} of {gigabytes(vm.diskBytes, 0)}
    </div>
  );
}

/** In the unit of the column's heading. What is there but rounds to nothing is not called nothing. */
function gigabytes(bytes: number, digits = 1): string {
  if (digits > 0 && bytes > 0 && bytes < 50_000_000) return '<0.1';
  return (bytes / 1000 ** 3).toFixed(digits);
}

function UsedAndTags({ vm }: { vm: Vm }): ReactElement {
  return (
    <>
      <div role="gridcell" className="dim cut" title={exactText(vm.accessedAt)}>
        {agoText(vm.accessedAt)}
      </div>
      <div role="gridcell" className="list-tags">
        {vm.kind === 'machine' ? vm.annotations.tags.map((tag) => <TagChip key={tag} tag={tag} />) : null}
      </div>
    </>
  );
}

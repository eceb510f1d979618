import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactElement, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Vm } from '../../../electron/contract/machine.ts';
import { useView } from '../../state/app.tsx';
import { Card } from './card.tsx';
import { MachineContextMenu } from './machine-context-menu.tsx';
import { itemId, useItems } from './use-items.ts';

/** Pixels; the card's text is three lines below a 16:9 picture. */
const minCardWidth = 216;
const gap = 16;
const textHeight = 82;

/** The library as cards. Only the rows in sight are made, so a thousand machines scroll as ten do. */
export function Grid({ vms }: { vms: readonly Vm[] }): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const { selection, focus } = useView(({ selection, focus }) => ({ selection, focus }));
  useLayoutEffect(() => {
    if (scroller.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);
  const columns = Math.max(1, Math.floor((width + gap) / (minCardWidth + gap)));
  const cardWidth = (width - gap * (columns - 1)) / columns;
  const rowHeight = Math.round((cardWidth * 9) / 16) + textHeight + gap;
  const rows = useVirtualizer({
    count: Math.ceil(vms.length / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 2,
    paddingStart: gap,
  });
  useEffect(() => rows.measure(), [rows, rowHeight]);
  const items = useItems(vms, columns);
  const focusIndex = vms.findIndex(({ id }) => id === focus);
  useEffect(() => {
    if (focusIndex !== -1) rows.scrollToIndex(Math.floor(focusIndex / columns));
  }, [rows, focusIndex, columns]);
  return (
    <MachineContextMenu chosen={items.chosenOrNone}>
      <div
        ref={scroller}
        className="pane grid"
        role="listbox"
        tabIndex={0}
        aria-multiselectable="true"
        aria-label="Virtual machines"
        aria-activedescendant={focusIndex === -1 || focus === undefined ? undefined : itemId(focus)}
        data-region="content"
        onKeyDown={items.onKeyDown}
      >
        <div className="grid-space" role="presentation" style={{ height: rows.getTotalSize() + gap }}>
          {width === 0
            ? null
            : rows.getVirtualItems().map((row) => (
                <div
                  key={row.key}
                  className="grid-row"
                  role="presentation"
                  style={{
                    transform: `translateY(${row.start}px)`,
                    gridTemplateColumns: `repeat(${columns}, ${cardWidth}px)`,
                  }}
                >
                  {vms.slice(row.index * columns, (row.index + 1) * columns).map((vm) => (
                    <Card
                      key={vm.id}
                      vm={vm}
                      isSelected={selection.has(vm.id)}
                      isFocused={focus === vm.id}
                      onChoose={items.onChoose}
                      onOpen={items.onOpen}
                    />
                  ))}
                </div>
              ))}
        </div>
      </div>
    </MachineContextMenu>
  );
}

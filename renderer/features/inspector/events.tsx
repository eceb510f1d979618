import { type ReactElement, useState } from 'react';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import type { VmEvent } from '../../../electron/contract/vm-events.ts';
import { copyText } from '../../commands/attempt.ts';
import { Button } from '../../components/button.tsx';
import { Choice } from '../../components/field.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { StateGlyph } from '../../components/state-mark.tsx';
import { useApp } from '../../state/app.tsx';
import { agoText } from '../../../electron/contract/words/times.ts';
import { exactText } from '../../words/times.ts';
import { type EventSort, eventLine, eventSorts, eventWords } from '../../words/vm-event-words.ts';
import { saveText } from '../doctor/save-text.ts';
import { useEvents } from './use-events.ts';
import './supervision.css';

/** As many as stand in the inspector, and in the sheet; the log keeps some thousand. */
const shownCount = 5;
const maxInSheet = 1000;

/** The last of what happened to a machine, and a way to all of it. */
export function Events({ vm }: { vm: MachineVm }): ReactElement {
  const events = useEvents(vm, shownCount);
  const [isOpen, setOpen] = useState(false);
  return (
    <section aria-label="Events">
      <h3>Events</h3>
      {events?.length === 0 ? <p className="caption">Nothing yet. Starts, ends and failures are noted here.</p> : null}
      {events === undefined || events.length === 0 ? null : (
        <>
          <EventList events={events} />
          <p>
            <Button look="link" size="small" onClick={() => setOpen(true)}>
              Show All…
            </Button>
          </p>
        </>
      )}
      {isOpen ? <AllEvents vm={vm} onClose={() => setOpen(false)} /> : null}
    </section>
  );
}

function EventList({ events, isAll = false }: { events: readonly VmEvent[]; isAll?: boolean }): ReactElement {
  return (
    <ul className={isAll ? 'events events-all' : 'events'} aria-label="What happened, newest first">
      {events.map((event, index) => (
        // Two events may be the same in the same millisecond, and none ever moves among the others.
        <EventRow key={`${event.at}-${events.length - index}`} event={event} isAll={isAll} />
      ))}
    </ul>
  );
}

function EventRow({ event, isAll }: { event: VmEvent; isAll: boolean }): ReactElement {
  const { look, text, reason } = eventWords(event);
  return (
    <li>
      <span className="event-mark" data-look={look}>
        <StateGlyph look={look === 'busy' ? 'running' : look} />
      </span>
      <span className="cut" title={text}>
        {text}
      </span>
      <time className="caption" dateTime={event.at} title={exactText(event.at)}>
        {isAll ? exactText(event.at) : agoText(event.at)}
      </time>
      {reason === undefined ? null : <span className="caption event-reason">{reason}</span>}
    </li>
  );
}

/** All that the log still has, by sort, to read, copy or save. */
function AllEvents({ vm, onClose }: { vm: MachineVm; onClose: () => void }): ReactElement {
  const app = useApp();
  const events = useEvents(vm, maxInSheet);
  const [sort, setSort] = useState<EventSort | 'all'>('all');
  const shown = (events ?? []).filter((event) => sort === 'all' || eventWords(event).sort === sort);
  const text = shown.map(eventLine).join('\n');
  return (
    <Sheet
      title={`Events of “${vm.name}”`}
      subtitle={events === undefined ? 'Reading' : countText(shown.length, events.length)}
      onClose={onClose}
      footer={
        <>
          <Button disabled={shown.length === 0} icon="copy" onClick={() => void copyText(app, text)}>
            Copy
          </Button>
          <Button
            disabled={shown.length === 0}
            icon="download"
            onClick={() => saveText(`${vm.name}-events.txt`, `${text}\n`)}
          >
            Save…
          </Button>
          <Button look="filled" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      <div className="events-toolbar">
        <Choice
          label="Sort of events"
          value={sort}
          options={eventSorts}
          onChange={(value) => setSort(eventSorts.find((one) => one.value === value)?.value ?? 'all')}
        />
      </div>
      {events !== undefined && shown.length === 0 ? <p className="secondary">None of this sort.</p> : null}
      <EventList events={shown} isAll />
    </Sheet>
  );
}

function countText(shown: number, all: number): string {
  const events = (count: number): string => `${count} ${count === 1 ? 'event' : 'events'}`;
  return shown === all ? `${events(all)}, newest first` : `${events(shown)} of ${all}, newest first`;
}

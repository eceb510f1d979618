import { type ReactElement, useState } from 'react';
import {
  type ScheduledAction,
  type ScheduleEntry,
  scheduleEntrySchema,
  type Weekday,
  weekdays,
} from '../../../electron/contract/supervision.ts';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Choice } from '../../components/field.tsx';
import { actionWords, entryText, momentText, weekdayWords } from '../../words/supervision-words.ts';
import { exactText } from '../../words/times.ts';
import { useNow } from '../../words/use-now.ts';
import { SettingError } from './setting-error.tsx';
import { useAnnotate } from './use-annotate.ts';

/** When a machine is started and suspended by itself, and what comes next. */
export function Schedule({ vm }: { vm: MachineVm }): ReactElement {
  const { annotate, error } = useAnnotate(vm);
  const [isAdding, setAdding] = useState(false);
  const { schedule } = vm.annotations;
  const save = (entries: readonly ScheduleEntry[]): Promise<boolean> => annotate({ schedule: [...entries] });
  return (
    <section aria-label="Schedule">
      <h3>
        Schedule
        <IconButton
          icon="plus"
          size="small"
          label="Add to Schedule"
          aria-pressed={isAdding}
          onClick={() => setAdding(!isAdding)}
        />
      </h3>
      {schedule.length === 0 && !isAdding ? (
        <p className="caption">None. It can start and suspend by itself at times of the week.</p>
      ) : null}
      <ul className="entries">
        {schedule.map((entry) => (
          <li key={entryText(entry)}>
            <span className="cut grow" title={entryText(entry)}>
              {entryText(entry)}
            </span>
            <IconButton
              icon="close"
              size="small"
              label={`Remove: ${entryText(entry)}`}
              onClick={() => void save(schedule.filter((other) => other !== entry))}
            />
          </li>
        ))}
      </ul>
      <Next vm={vm} />
      {isAdding ? (
        <AddEntry
          taken={schedule}
          onAdd={async (entry) => {
            if (await save([...schedule, entry])) setAdding(false);
          }}
        />
      ) : null}
      <SettingError text={error} />
    </section>
  );
}

function Next({ vm }: { vm: MachineVm }): ReactElement | null {
  const nowMs = useNow(30_000);
  const next = vm.supervision?.nextAction;
  if (next === undefined) return null;
  return (
    <p className="caption" title={exactText(next.at)}>
      Next: {actionWords[next.action].toLowerCase()} {momentText(next.at, nowMs)}, by this computer’s clock.
    </p>
  );
}

const actions = (Object.keys(actionWords) as ScheduledAction[]).map((value) => ({ value, label: actionWords[value] })); // The keys of a literal record are its key type.

function AddEntry({
  taken,
  onAdd,
}: {
  taken: readonly ScheduleEntry[];
  onAdd: (entry: ScheduleEntry) => Promise<void>;
}): ReactElement {
  const [action, setAction] = useState<ScheduledAction>(
    taken.some((entry) => entry.action === 'start') ? 'suspend' : 'start',
  );
  const [time, setTime] = useState(action === 'start' ? '08:00' : '19:00');
  const [days, setDays] = useState<readonly Weekday[]>(['mon', 'tue', 'wed', 'thu', 'fri']);
  const parsed = scheduleEntrySchema.safeParse({ action, time, days });
  const isTaken = parsed.success && taken.some((entry) => entryText(entry) === entryText(parsed.data));
  const problem = parsed.success ? (isTaken ? 'It is there already.' : undefined) : parsed.error.issues[0]?.message;
  return (
    <form
      className="schedule-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (parsed.success && !isTaken) void onAdd(parsed.data);
      }}
    >
      <div className="schedule-line">
        <Choice
          label="What to do"
          value={action}
          options={actions}
          onChange={(value) => setAction(actions.find((one) => one.value === value)?.value ?? 'start')}
        />
        <span className="field">
          <input type="time" aria-label="Time" value={time} onChange={({ target }) => setTime(target.value)} />
        </span>
      </div>
      <div className="schedule-days" role="group" aria-label="Days">
        {weekdays.map((day) => (
          <button
            key={day}
            type="button"
            className="schedule-day"
            aria-pressed={days.includes(day)}
            onClick={() => setDays(days.includes(day) ? days.filter((other) => other !== day) : [...days, day])}
          >
            {weekdayWords[day]}
          </button>
        ))}
      </div>
      <SettingError text={problem} />
      <Button type="submit" size="small" look="filled" disabled={problem !== undefined}>
        Add
      </Button>
    </form>
  );
}

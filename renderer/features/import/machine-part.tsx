import type { ReactElement, ReactNode } from 'react';
import type { Host } from '../../../electron/contract/host.ts';
import type { MachineImport } from '../../../electron/contract/imports.ts';
import { Choice, Field, FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { onRadioKey } from '../../components/radio-keys.ts';
import { diskText, memoryText } from '../../../electron/contract/words/sizes.ts';
import { StartWhenMade } from '../images/machine-name.tsx';
import { type Choices, type Incoming, nameClash } from './import-draft.ts';
import { LeftOutList } from './left-out-list.tsx';

const architectures = [
  { value: 'amd64', label: 'x86-64 (Intel, AMD)' },
  { value: 'arm64', label: 'ARM64 (Apple silicon, ARM)' },
] as const;

/** What a machine will be like, what does not carry over, and what has to be decided. */
export function MachinePart({
  report,
  one,
  all,
  host,
  onChoose,
}: {
  report: MachineImport;
  one: Incoming;
  all: readonly Incoming[];
  host: Host;
  onChoose: (changes: Partial<Choices>) => void;
}): ReactElement {
  const { choices } = one;
  return (
    <>
      <FormRow label="Becomes">
        <span>{becomes(report, choices)}</span>
      </FormRow>
      <FormRow label={report.disks.length === 1 ? 'Disk' : 'Disks'}>
        <ul className="import-disks">
          {report.disks.map((disk) => (
            <li key={disk.name}>
              <span className="cut grow" title={disk.name}>
                {disk.format}
                {report.disks.length > 1 ? `, ${disk.name}` : ''}
              </span>
              <span className="secondary">{sizes(disk)}</span>
            </li>
          ))}
        </ul>
      </FormRow>
      <FormRow label="Name">
        <Field
          label={`Name for ${one.name}`}
          value={choices.name}
          error={one.nameProblem ?? nameClash(one, all)}
          onChange={({ target }) => onChoose({ name: target.value })}
        />
      </FormRow>
      {report.arch === undefined ? (
        <FormRow label="Made for">
          <Choice
            label={`Processor for ${one.name}`}
            value={choices.arch}
            options={architectures}
            onChange={(arch) => onChoose({ arch: arch === 'arm64' ? 'arm64' : 'amd64' })}
          />
          <span className="caption">Nothing in the disk says which processor its system is for.</span>
        </FormRow>
      ) : null}
      <Original report={report} choices={choices} onChoose={onChoose} />
      <Room report={report} choices={choices} host={host} />
      {report.warnings.length === 0 ? null : (
        <Note look="warning">
          <b>Before you import it:</b>
          <ul className="import-warnings">
            {report.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Note>
      )}
      <LeftOutList name={one.name} rows={report.leftOut} />
      {report.notRunnable === undefined ? (
        <StartWhenMade isChosen={choices.start} onChoose={(start) => onChoose({ start })} />
      ) : (
        <Note>
          <b>It can’t run here.</b> {report.notRunnable}
        </Note>
      )}
    </>
  );
}

function becomes({ os, arch, cpuCount, memoryBytes }: MachineImport, choices: Choices): string {
  const parts = [os === 'darwin' ? 'macOS machine' : 'Linux machine'];
  parts.push((arch ?? choices.arch) === 'arm64' ? 'ARM64' : 'x86-64');
  if (cpuCount !== undefined) parts.push(cpuCount === 1 ? '1 CPU' : `${cpuCount} CPUs`);
  if (memoryBytes !== undefined) parts.push(`${memoryText(memoryBytes)} memory`);
  return parts.join(', ');
}

function sizes({ bytes, allocatedBytes }: MachineImport['disks'][number]): string {
  const taken = `about ${diskText(allocatedBytes)} on disk`;
  return bytes === 0 ? taken : `${diskText(bytes)}, ${taken}`;
}

/** Whether the original stays; asked only where it can be moved. */
function Original({
  report,
  choices,
  onChoose,
}: {
  report: MachineImport;
  choices: Choices;
  onChoose: (changes: Partial<Choices>) => void;
}): ReactElement | null {
  if (!report.canMove) return null;
  const option = (how: Choices['how'], title: string, text: ReactNode): ReactElement => (
    <button
      type="button"
      className="import-option"
      role="radio"
      aria-checked={choices.how === how}
      tabIndex={choices.how === how ? 0 : -1}
      onClick={() => onChoose({ how })}
    >
      <b>{title}</b>
      <span className="secondary">{text}</span>
    </button>
  );
  return (
    <FormRow label="Original">
      <div className="import-options" role="radiogroup" aria-label="The original" onKeyDown={onRadioKey}>
        {option(
          'copy',
          'Keep',
          report.clones ? 'Shares its blocks: takes no room and no time' : `Copies ${diskText(report.neededBytes)}`,
        )}
        {option('move', 'Move', 'Into the library; it is gone from where it is')}
      </div>
    </FormRow>
  );
}

/** What it takes and what is left then; said as a warning where it does not fit. */
function Room({ report, choices, host }: { report: MachineImport; choices: Choices; host: Host }): ReactElement {
  const neededBytes = choices.how === 'move' ? 0 : report.neededBytes;
  const leftBytes = report.freeBytes - neededBytes;
  if (leftBytes < 0)
    return (
      <Note look="failed">
        <b>
          It needs {diskText(neededBytes)}, and {diskText(report.freeBytes)} are free
        </b>{' '}
        at {host.home.path}. {report.canMove ? 'Free some space, or move it.' : 'Free some space, and look again.'}
      </Note>
    );
  return (
    <FormRow label="Room">
      <span>
        {neededBytes === 0 ? 'Takes no more room than it does now' : `Takes up to ${diskText(neededBytes)}`};{' '}
        {diskText(leftBytes)} stay free
      </span>
    </FormRow>
  );
}

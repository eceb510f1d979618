import type { ReactElement } from 'react';
import type { Host } from '../../../electron/contract/host.ts';
import type { ImportReport, MachineImport } from '../../../electron/contract/imports.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Looking } from '../../components/looking.tsx';
import { Note } from '../../components/note.tsx';
import { Problem } from '../../components/problem.tsx';
import { SendingProgress } from '../../files/sending-progress.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import type { Choices, Incoming } from './import-draft.ts';
import { MachinePart } from './machine-part.tsx';

type Installer = Extract<ImportReport, { result: 'installer' }>;
type RestoreImage = Extract<ImportReport, { result: 'restore-image' }>;

/** One thing that was given: where it is on its way, or what it is and becomes. */
export function IncomingPart({
  one,
  all,
  host,
  onChoose,
  onRemove,
  onMake,
  onInstall,
}: {
  one: Incoming;
  all: readonly Incoming[];
  host: Host;
  onChoose: (changes: Partial<Choices>) => void;
  /** Absent where it is the only one: then the sheet is cancelled. */
  onRemove: (() => void) | undefined;
  onMake: (disc: Installer) => void;
  onInstall: (image: RestoreImage) => void;
}): ReactElement {
  const { state, name } = one;
  return (
    <section className="incoming" aria-label={name}>
      <header>
        <div className="grow">
          {onRemove === undefined ? null : (
            <h3 className="cut" title={name}>
              {name}
            </h3>
          )}
          {state.step === 'known' ? <p className="secondary">{state.report.title}</p> : null}
        </div>
        {onRemove === undefined ? null : (
          <IconButton icon="close" size="small" label={`Leave out ${name}`} onClick={onRemove} />
        )}
      </header>
      {state.step === 'sending' ? <SendingProgress name={name} {...state} /> : null}
      {state.step === 'looking' ? <Looking>Looking at what it is</Looking> : null}
      {state.step === 'failed' ? <Problem error={state.error} /> : null}
      {state.step === 'known' ? (
        <Known
          report={state.report}
          one={one}
          all={all}
          host={host}
          onChoose={onChoose}
          onMake={onMake}
          onInstall={onInstall}
        />
      ) : null}
      {one.refusal === undefined ? null : (
        <Note look="failed">
          <b>It was not imported.</b> {one.refusal.message} {one.refusal.hint}
        </Note>
      )}
    </section>
  );
}

function Known({
  report,
  onMake,
  onInstall,
  ...rest
}: {
  report: ImportReport;
  one: Incoming;
  all: readonly Incoming[];
  host: Host;
  onChoose: (changes: Partial<Choices>) => void;
  onMake: (disc: Installer) => void;
  onInstall: (image: RestoreImage) => void;
}): ReactElement | null {
  switch (report.result) {
    case 'machine':
      return <MachinePart report={report satisfies MachineImport} {...rest} />;
    case 'installer':
      return (
        <Note action={<Button onClick={() => onMake(report)}>New Machine…</Button>}>
          <b>It installs a system.</b> A new machine can have it in its drive. {diskText(report.bytes)}.
        </Note>
      );
    case 'restore-image':
      return (
        <Note
          look={report.notInstallable === undefined ? 'neutral' : 'warning'}
          action={
            report.notInstallable === undefined ? (
              <Button onClick={() => onInstall(report)}>New Machine…</Button>
            ) : undefined
          }
        >
          <b>
            macOS {report.version} ({report.build}).
          </b>{' '}
          {report.notInstallable === undefined
            ? 'Make a new virtual machine to install it.'
            : `${report.notInstallable.message} ${report.notInstallable.hint ?? ''}`}
        </Note>
      );
    case 'refused':
      return <Problem error={report.error} />;
    case 'several':
      // Taken apart before it is shown.
      return null;
  }
}

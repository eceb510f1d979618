import { type Dispatch, Fragment, type ReactElement, type SetStateAction, useEffect, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { Host } from '../../../electron/contract/host.ts';
import type { VmId } from '../../../electron/contract/machine.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Note } from '../../components/note.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { InstallingSheet } from '../new-macos/installing-sheet.tsx';
import { useKeptDraft } from '../new-macos/use-kept-draft.ts';
import { macProblem, useMacReport } from '../new-macos/use-mac-report.ts';
import { type App, useApp } from '../../state/app.tsx';
import type { InstallerDisc } from '../../state/view-store.ts';
import { changesTo, createInputOf, type Draft, installInputOf, keptDraft, defaultNames } from './draft.ts';
import type { Minimum } from './limits.ts';
import { NameStep } from './name-step.tsx';
import { ResourcesStep, resourcesProblem } from './resources-step.tsx';
import { SourceStep } from './source-step.tsx';

const stepNames = ['What to run', 'Resources', 'Name'] as const;
const titles = ['What do you want to run?', 'How much may it use?', 'What is it called?'] as const;

/** The three steps of a new machine, and the installation that follows where it is macOS. */
export function Steps({
  host,
  begun,
  disc,
  onClose,
}: {
  host: Host;
  begun: { draft: Draft; step: number };
  disc: InstallerDisc | undefined;
  onClose: () => void;
}): ReactElement {
  const app = useApp();
  const [step, setStep] = useState(begun.step);
  const [draft, setDraft] = useState(begun.draft);
  const [nameProblem, setNameProblem] = useState<string>();
  const [error, setError] = useState<ErrorInfo>();
  const [isSending, setSending] = useState(false);
  const [installing, setInstalling] = useState<VmId>();
  const change = (changes: Partial<Draft>): void => setDraft((now) => ({ ...now, ...changes }));
  const isMac = draft.from === 'macos';
  const { finding, lookAgain } = useMacReport(isMac ? macSourceOf(draft) : undefined);
  const minimum = finding?.state === 'known' ? finding.report.minimum : undefined;
  useKeptDraft(isMac && !isSending ? keptDraft(draft, step, installing) : undefined);
  useSuggestedName(draft, disc, setDraft);

  const problems = [
    sourceProblem(draft, finding),
    resourcesProblem(draft, host, minimum),
    nameProblemOf(draft, nameProblem),
  ];
  const problem = problems[step];

  const make = async (): Promise<void> => {
    setSending(true);
    try {
      const made = await create(app, draft);
      app.view.setState({ page: 'machines', filter: { by: 'all' }, query: '' });
      if (made === undefined) onClose();
      else setInstalling(made);
    } catch (thrown) {
      const info = AppError.from(thrown).toInfo();
      if (info.code === 'name-not-allowed' || info.code === 'vm-exists') setNameProblem(info.message);
      else setError(info);
    }
    setSending(false);
  };

  if (installing !== undefined) return <InstallingSheet vmId={installing} name={draft.name} onClose={onClose} />;
  // What was begun is given up on purpose.
  const forget = (): void => void app.client.call('macos.keepDraft', { draft: null }).catch(() => undefined);
  const callOff = (): void => {
    if (isMac) forget();
    onClose();
  };
  const isLast = step === stepNames.length - 1;
  return (
    <Sheet
      title={titles[step] ?? ''}
      subtitle={<Breadcrumbs step={step} />}
      onClose={callOff}
      footer={
        <>
          <Button className="button push" onClick={callOff}>
            Cancel
          </Button>
          {step === 0 ? null : <Button onClick={() => setStep(step - 1)}>Back</Button>}
          <Button
            look="filled"
            disabled={problem !== undefined || isSending}
            title={problem}
            onClick={() => (isLast ? void make() : setStep(step + 1))}
          >
            {isLast ? (isMac ? 'Install' : 'Create') : 'Continue'}
          </Button>
        </>
      }
    >
      {step === 0 ? (
        <SourceStep
          draft={draft}
          host={host}
          mac={finding}
          onChange={(changes) => {
            if (isMac && changes.from !== undefined && changes.from !== 'macos') forget();
            change(changesTo(changes, host));
          }}
          onLookAgain={lookAgain}
        />
      ) : null}
      {step === 1 ? <Resources draft={draft} host={host} minimum={minimum} onChange={change} /> : null}
      {step === 2 ? (
        <NameStep
          draft={draft}
          problem={nameProblem}
          onProblem={setNameProblem}
          onChange={change}
          onSubmit={() => problem === undefined && void make()}
        />
      ) : null}
      {error === undefined ? null : (
        <Note look="failed">
          <b>It was not made.</b> {error.message} {error.hint}
        </Note>
      )}
    </Sheet>
  );
}

function Resources(props: {
  draft: Draft;
  host: Host;
  minimum: Minimum;
  onChange: (changes: Partial<Draft>) => void;
}): ReactElement {
  const { minimum, ...rest } = props;
  return <ResourcesStep {...rest} {...(minimum === undefined ? {} : { minimum })} />;
}

/** An address is looked at when it could be one. */
function macSourceOf({ macSource }: Draft): Draft['macSource'] | undefined {
  return macSource.from === 'url' && !/^https?:\/\/[^/]+\/./.test(macSource.url) ? undefined : macSource;
}

function sourceProblem(draft: Draft, finding: Parameters<typeof macProblem>[0]): string | undefined {
  if (draft.from === 'macos') return macProblem(finding);
  return draft.from === 'iso' && draft.isoPath === undefined ? 'Choose an installer disc first.' : undefined;
}

function nameProblemOf({ name }: Draft, problem: string | undefined): string | undefined {
  return problem ?? (name === '' ? 'It needs a name.' : undefined);
}

/** Begins the job; of a macOS machine, resolves with its id. */
async function create({ client }: App, draft: Draft): Promise<VmId | undefined> {
  if (draft.from === 'macos') return (await client.call('macos.install', installInputOf(draft))).vmId;
  await client.call('vms.create', createInputOf(draft, draft.from));
  return undefined;
}

/** Fills in a name that is free, for each kind of machine another, until the draft has one of its own. */
function useSuggestedName(
  draft: Draft,
  disc: InstallerDisc | undefined,
  setDraft: Dispatch<SetStateAction<Draft>>,
): void {
  const { client } = useApp();
  const suggestion = (draft.isoPath === disc?.path ? disc?.suggestedName : undefined) ?? defaultNames[draft.from];
  // One that was begun before came with its name.
  const [keptFor] = useState(() => (draft.name === '' ? undefined : suggestion));
  const isKept = keptFor === suggestion;
  useEffect(() => {
    if (isKept) return;
    let isCurrent = true;
    const suggest = async (): Promise<void> => {
      const { name } = await client.call('vms.suggestName', { suggestion: suggestion });
      if (isCurrent) setDraft((now) => ({ ...now, name }));
    };
    suggest().catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [client, suggestion, isKept, setDraft]);
}

function Breadcrumbs({ step }: { step: number }): ReactElement {
  return (
    <p className="breadcrumbs">
      {stepNames.map((name, index) => (
        <Fragment key={name}>
          {index === 0 ? null : <Icon name="chevron-right" size={12} />}
          <span aria-current={index === step ? 'step' : undefined}>{name}</span>
        </Fragment>
      ))}
    </p>
  );
}

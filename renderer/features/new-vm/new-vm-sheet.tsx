import { Fragment, type ReactElement, useEffect, useState } from 'react';
import type { CreateSource } from '../../../electron/contract/contract.ts';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { Host } from '../../../electron/contract/host.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Note } from '../../components/note.tsx';
import { Sheet } from '../../components/sheet.tsx';
import type { GuestArch } from '../../../electron/contract/machine.ts';
import { useApp, useLibrary } from '../../state/app.tsx';
import type { InstallerDisc } from '../../state/view-store.ts';
import type { Draft } from './draft.ts';
import { defaultsFor, gigabyte } from './limits.ts';
import { NameStep } from './name-step.tsx';
import { ResourcesStep, resourcesProblem } from './resources-step.tsx';
import { SourceStep } from './source-step.tsx';
import './new-vm.css';

const steps = ['What to run', 'Resources', 'Name'] as const;
const titles = ['What do you want to run?', 'How much may it use?', 'What is it called?'] as const;

const wishes: Record<CreateSource['from'], string> = { demo: 'demo-linux', iso: 'linux', empty: 'new-machine' };

function firstDraft(from: CreateSource['from'], host: Host, disc: InstallerDisc | undefined): Draft {
  return {
    from,
    isoPath: disc?.path,
    arch: disc?.arch,
    ...defaultsFor(from, host),
    display: '1280x800',
    name: '',
    start: from !== 'empty',
  };
}

/** Makes a new VM in three steps; what is wrong is said where it is. */
export function NewVmSheet({
  from = 'demo',
  disc,
  onClose,
}: {
  from?: CreateSource['from'];
  disc?: InstallerDisc;
  onClose: () => void;
}): ReactElement | null {
  const host = useLibrary((state) => state.host);
  if (host === undefined) return null;
  const first = from === 'demo' && !host.demoGuest.available ? 'iso' : from;
  return <Steps host={host} from={first} disc={disc} onClose={onClose} />;
}

function Steps({
  host,
  from,
  disc,
  onClose,
}: {
  host: Host;
  from: CreateSource['from'];
  disc: InstallerDisc | undefined;
  onClose: () => void;
}): ReactElement {
  const app = useApp();
  const [step, setStep] = useState(0);
  const [draft, setDraft] = useState(() => firstDraft(from, host, disc));
  const [nameProblem, setNameProblem] = useState<string>();
  const [error, setError] = useState<ErrorInfo>();
  const [isSending, setSending] = useState(false);
  const change = (changes: Partial<Draft>): void => setDraft((now) => ({ ...now, ...changes }));

  const wish = (draft.isoPath === disc?.path ? disc?.suggestedName : undefined) ?? wishes[draft.from];
  useEffect(() => {
    let isCurrent = true;
    const suggest = async (): Promise<void> => {
      const { name } = await app.client.call('vms.suggestName', { wish });
      if (isCurrent) setDraft((now) => ({ ...now, name }));
    };
    suggest().catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [app, wish]);

  const problem =
    step === 0 && draft.from === 'iso' && draft.isoPath === undefined
      ? 'Choose an installer disc first.'
      : step === 1
        ? resourcesProblem(draft, host)
        : step === 2
          ? (nameProblem ?? (draft.name === '' ? 'It needs a name.' : undefined))
          : undefined;

  const create = async (): Promise<void> => {
    setSending(true);
    try {
      await app.client.call('vms.create', requestOf(draft));
      app.view.setState({ page: 'machines', filter: { by: 'all' }, query: '' });
      onClose();
    } catch (thrown) {
      const info = AppError.from(thrown).toInfo();
      if (info.code === 'name-not-allowed' || info.code === 'vm-exists') setNameProblem(info.message);
      else setError(info);
      setSending(false);
    }
  };

  const isLast = step === steps.length - 1;
  return (
    <Sheet
      title={titles[step] ?? ''}
      subtitle={<Breadcrumbs step={step} />}
      onClose={onClose}
      footer={
        <>
          <Button className="button push" onClick={onClose}>
            Cancel
          </Button>
          {step === 0 ? null : <Button onClick={() => setStep(step - 1)}>Back</Button>}
          <Button
            look="filled"
            disabled={problem !== undefined || isSending}
            title={problem}
            onClick={() => (isLast ? void create() : setStep(step + 1))}
          >
            {isLast ? 'Create' : 'Continue'}
          </Button>
        </>
      }
    >
      {step === 0 ? (
        <SourceStep draft={draft} host={host} onChange={(changes) => change(fresh(changes, host))} />
      ) : null}
      {step === 1 ? <ResourcesStep draft={draft} host={host} onChange={change} /> : null}
      {step === 2 ? (
        <NameStep
          draft={draft}
          problem={nameProblem}
          onProblem={setNameProblem}
          onChange={change}
          onSubmit={() => problem === undefined && void create()}
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

/** Another kind of machine begins with resources of its own. */
function fresh(changes: Partial<Draft>, host: Host): Partial<Draft> {
  const { from } = changes;
  return from === undefined ? changes : { ...defaultsFor(from, host), start: from !== 'empty', ...changes };
}

function requestOf(draft: Draft): {
  name: string;
  source: CreateSource;
  arch?: GuestArch;
  cpuCount: number;
  memoryBytes: number;
  diskBytes: number;
  display: { width: number; height: number };
  start: boolean;
} {
  const { name, from, isoPath = '', arch, cpuCount, memoryBytes, diskGigabytes, display, start } = draft;
  const [width = 1280, height = 800] = display.split('x').map(Number);
  return {
    name,
    source: from === 'iso' ? { from, isoPath } : { from },
    ...(from === 'iso' && arch !== undefined ? { arch } : {}),
    cpuCount,
    memoryBytes: Math.round(memoryBytes),
    diskBytes: Math.round(diskGigabytes * gigabyte),
    display: { width, height },
    start,
  };
}

function Breadcrumbs({ step }: { step: number }): ReactElement {
  return (
    <p className="breadcrumbs">
      {steps.map((name, index) => (
        <Fragment key={name}>
          {index === 0 ? null : <Icon name="chevron-right" size={12} />}
          <span aria-current={index === step ? 'step' : undefined}>{name}</span>
        </Fragment>
      ))}
    </p>
  );
}

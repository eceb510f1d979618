import { type ReactElement, type ReactNode, useState } from 'react';
import type { CheckResult, Diagnosis } from '../../../electron/contract/doctor.ts';
import { attempt } from '../../commands/attempt.ts';
import { Button } from '../../components/button.tsx';
import { Looking } from '../../components/looking.tsx';
import { Problem } from '../../components/problem.tsx';
import { useApp } from '../../state/app.tsx';
import { examine, useDiagnosis, useFirstExamination } from '../../state/diagnosis.ts';
import { useNow } from '../../words/use-now.ts';
import { agoText } from '../../../electron/contract/words/times.ts';
import { PageToolbar } from '../../collection/page-toolbar.tsx';
import { CheckGroup, PassedGroup } from './check-rows.tsx';
import { CheckMark } from './check-mark.tsx';
import { saveText } from './save-text.ts';
import { SafeFixesSheet } from './safe-fixes-sheet.tsx';
import './doctor.css';

/** Everything that was looked at on this host: what is wrong first, with its reasons and its cures. */
export function DoctorPage({ banners }: { banners: ReactNode }): ReactElement {
  useFirstExamination();
  const { diagnosis, isLooking, error } = useDiagnosis((state) => state);
  return (
    <>
      <DoctorToolbar diagnosis={diagnosis} isLooking={isLooking} />
      {banners}
      <div className="body">
        <div className="pane page" data-region="content" tabIndex={-1} aria-busy={isLooking}>
          {error === undefined ? null : <Problem title="The checks could not be made" error={error} />}
          {diagnosis === undefined && isLooking ? (
            <Looking>Looking at this host, its machines and its network</Looking>
          ) : null}
          {diagnosis === undefined ? null : (
            <>
              <Summary checks={diagnosis.checks} />
              <CheckGroup title="Failed" checks={of(diagnosis, 'failed')} />
              <CheckGroup title="Needs attention" checks={of(diagnosis, 'attention')} />
              <PassedGroup title="Passed" checks={of(diagnosis, 'passed')} />
              <PassedGroup title="Not looked at" checks={of(diagnosis, 'skipped')} />
            </>
          )}
        </div>
      </div>
    </>
  );
}

function of({ checks }: Diagnosis, state: CheckResult['state']): CheckResult[] {
  return checks.filter((check) => check.state === state);
}

function DoctorToolbar({
  diagnosis,
  isLooking,
}: {
  diagnosis: Diagnosis | undefined;
  isLooking: boolean;
}): ReactElement {
  const app = useApp();
  const now = useNow(10_000);
  const saveDiagnostics = async (): Promise<void> => {
    const { fileName, text } = await app.client.call('doctor.diagnostics', {});
    saveText(fileName, text);
  };
  return (
    <PageToolbar
      title="Doctor"
      caption={diagnosis === undefined ? '' : `${diagnosis.checks.length} checks, ${agoText(diagnosis.at, now)}`}
    >
      <Button
        icon="download"
        title="A text for a bug report, without names and with nothing secret"
        onClick={() => void attempt(app, 'No diagnostics were saved', saveDiagnostics)}
      >
        Save Diagnostics…
      </Button>
      <Button icon="reset" disabled={isLooking} onClick={() => void examine(app.client)}>
        Check Again
      </Button>
    </PageToolbar>
  );
}

function Summary({ checks }: { checks: readonly CheckResult[] }): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const count = (state: CheckResult['state']): number => checks.filter((check) => check.state === state).length;
  const attention = count('attention');
  const safe = checks.flatMap((check) =>
    check.fixes.filter(({ kind }) => kind === 'safe').map((fix) => ({ check, fix })),
  );
  return (
    <section className="group doctor-summary" aria-label="Summary">
      {count('failed') === 0 ? null : (
        <span className="doctor-count" data-state="failed">
          <CheckMark state="failed" /> {count('failed')} failed
        </span>
      )}
      {attention === 0 ? null : (
        <span className="doctor-count" data-state="attention">
          <CheckMark state="attention" /> {attention} {attention === 1 ? 'needs' : 'need'} attention
        </span>
      )}
      <span className="doctor-count" data-state="passed">
        <CheckMark state="passed" /> {count('passed')} passed
      </span>
      <span className="grow" />
      {safe.length === 0 ? null : (
        <Button look="filled" onClick={() => setOpen(true)}>
          {safe.length === 1 ? 'Fix 1 Safe One…' : `Fix ${safe.length} Safe Ones…`}
        </Button>
      )}
      {isOpen ? <SafeFixesSheet fixes={safe} onClose={() => setOpen(false)} /> : null}
    </section>
  );
}

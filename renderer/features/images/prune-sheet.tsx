import { type ReactElement, useEffect, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { PruneCandidate, PruneReport } from '../../../electron/contract/images.ts';
import { Button } from '../../components/button.tsx';
import { Choice, FormRow } from '../../components/field.tsx';
import { Problem } from '../../components/problem.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';
import { diskText } from '../../words/sizes.ts';
import { agoText } from '../../words/times.ts';

const ages = [
  { value: '0', label: 'Whenever they were used' },
  { value: '7', label: 'Not used for 7 days' },
  { value: '30', label: 'Not used for 30 days' },
  { value: '90', label: 'Not used for 90 days' },
];

/** Shows what would go and why the rest stays, before anything does; each can be taken out of it. */
export function PruneSheet({ onClose }: { onClose: () => void }): ReactElement {
  const app = useApp();
  const [days, setDays] = useState('30');
  const { report, error } = usePreview(Number(days));
  const [kept, setKept] = useState<ReadonlySet<string>>(new Set());
  const going = report?.candidates.filter(({ keptBecause }) => keptBecause === undefined) ?? [];
  const chosen = going.filter(({ id }) => !kept.has(id));
  const bytes = chosen.reduce((sum, candidate) => sum + candidate.bytes, 0);
  const [failure, setFailure] = useState<ErrorInfo>();
  const prune = async (): Promise<void> => {
    try {
      await app.client.call('images.prune', { olderThanDays: Number(days), only: chosen.map(({ id }) => id) });
      onClose();
    } catch (thrown) {
      setFailure(AppError.from(thrown).toInfo());
    }
  };
  const problem = failure ?? error;
  return (
    <Sheet
      title="Prune Images"
      subtitle="Deletes what can be fetched again. Machines and what they were made of stay as they are."
      onClose={onClose}
      footer={
        <>
          <span className="grow secondary" role="status">
            {report === undefined
              ? ''
              : `${chosen.length} of ${report.candidates.length} go, at most ${diskText(bytes)}`}
          </span>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="filled" disabled={chosen.length === 0} onClick={() => void prune()}>
            Prune
          </Button>
        </>
      }
    >
      <FormRow label="Take">
        <Choice label="Take" value={days} options={ages} onChange={setDays} />
      </FormRow>
      {problem === undefined ? null : <Problem error={problem} />}
      {report?.candidates.length === 0 ? <p className="secondary">There is nothing that could be pruned.</p> : null}
      {report === undefined || report.candidates.length === 0 ? null : (
        <ul className="prune-list" aria-label="What goes and what stays">
          {report.candidates.map((candidate) => (
            <Candidate
              key={candidate.id}
              candidate={candidate}
              isChosen={!kept.has(candidate.id)}
              onChoose={(isChosen) => {
                const next = new Set(kept);
                if (isChosen) next.delete(candidate.id);
                else next.add(candidate.id);
                setKept(next);
              }}
            />
          ))}
        </ul>
      )}
    </Sheet>
  );
}

const kinds: Record<PruneCandidate['kind'], string> = {
  image: 'image',
  ipsw: 'restore image',
  vm: 'machine',
  unfinished: 'unfinished pull',
};

function Candidate(props: {
  candidate: PruneCandidate;
  isChosen: boolean;
  onChoose: (isChosen: boolean) => void;
}): ReactElement {
  const { kind, name, bytes, accessedAt, keptBecause } = props.candidate;
  return (
    <li>
      <input
        type="checkbox"
        aria-label={`Prune ${name}`}
        disabled={keptBecause !== undefined}
        checked={keptBecause === undefined && props.isChosen}
        onChange={({ target }) => props.onChoose(target.checked)}
      />
      <span className="prune-names">
        <span className="cut" title={name}>
          {name}
        </span>
        <span className="caption">
          {kinds[kind]}, used {agoText(accessedAt)}
          {keptBecause === undefined ? '' : ` · stays: ${keptBecause}`}
        </span>
      </span>
      <span>{diskText(bytes)}</span>
    </li>
  );
}

/** What the other side would take, for the age that is chosen now. */
function usePreview(olderThanDays: number): { report: PruneReport | undefined; error: ErrorInfo | undefined } {
  const { client } = useApp();
  const [last, setLast] = useState<{ days: number; report?: PruneReport; error?: ErrorInfo }>();
  useEffect(() => {
    const controller = new AbortController();
    const set = (result: { report?: PruneReport; error?: ErrorInfo }): void => {
      if (!controller.signal.aborted) setLast({ days: olderThanDays, ...result });
    };
    client.call('images.prunePreview', { olderThanDays }, { signal: controller.signal }).then(
      (report) => set({ report }),
      (error: unknown) => set({ error: AppError.from(error).toInfo() }),
    );
    return () => controller.abort();
  }, [client, olderThanDays]);
  // A preview of another age is none: what goes must be what is shown.
  return last?.days === olderThanDays
    ? { report: last.report, error: last.error }
    : { report: undefined, error: undefined };
}

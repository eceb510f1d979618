import { type ReactElement, useState } from 'react';
import type { PruneCandidate } from '../../../electron/contract/images.ts';
import { useAnswer } from '../../client/use-answer.ts';
import { useSubmit } from '../../client/use-submit.ts';
import { Button } from '../../components/button.tsx';
import { Choice, FormRow } from '../../components/field.tsx';
import { Problem } from '../../components/problem.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { CandidateNames } from './candidate-names.tsx';

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
  const olderThanDays = Number(days);
  // A preview of another age is none: what goes must be what is shown.
  const { value: report, error } = useAnswer(days, (signal) =>
    app.client.call('images.prunePreview', { olderThanDays }, { signal }),
  );
  const [kept, setKept] = useState<ReadonlySet<string>>(new Set());
  const going = report?.candidates.filter(({ keptBecause }) => keptBecause === undefined) ?? [];
  const chosen = going.filter(({ id }) => !kept.has(id));
  const bytes = chosen.reduce((sum, candidate) => sum + candidate.bytes, 0);
  const prune = useSubmit(async () => {
    await app.client.call('images.prune', { olderThanDays, only: chosen.map(({ id }) => id) });
    onClose();
  });
  const problem = prune.error ?? error;
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
              : `Deletes ${chosen.length} of ${report.candidates.length}, at most ${diskText(bytes)}`}
          </span>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="filled" disabled={chosen.length === 0 || prune.isBusy} onClick={() => void prune.run()}>
            Prune
          </Button>
        </>
      }
    >
      <FormRow label="Delete">
        <Choice label="Delete" value={days} options={ages} onChange={setDays} />
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

function Candidate(props: {
  candidate: PruneCandidate;
  isChosen: boolean;
  onChoose: (isChosen: boolean) => void;
}): ReactElement {
  const { name, bytes, keptBecause } = props.candidate;
  return (
    <li>
      <input
        type="checkbox"
        aria-label={`Prune ${name}`}
        disabled={keptBecause !== undefined}
        checked={keptBecause === undefined && props.isChosen}
        onChange={({ target }) => props.onChoose(target.checked)}
      />
      <CandidateNames candidate={props.candidate} />
      <span>{diskText(bytes)}</span>
    </li>
  );
}

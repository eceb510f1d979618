import type { ReactElement } from 'react';
import type { PruneCandidate } from '../../../electron/contract/images.ts';
import { agoText } from '../../../electron/contract/words/times.ts';
import { exactText } from '../../words/times.ts';
import './images.css';

const kinds: Record<PruneCandidate['kind'], string> = {
  image: 'image',
  ipsw: 'restore image',
  vm: 'machine',
  unfinished: 'unfinished pull',
};

/** What pruning may take: its name, what it is, when it was used, and why it stays if it does. */
export function CandidateNames({ candidate }: { candidate: PruneCandidate }): ReactElement {
  const { kind, name, accessedAt, keptBecause } = candidate;
  return (
    <span className="prune-names">
      <span className="cut" title={name}>
        {name}
      </span>
      <span className="caption" title={exactText(accessedAt)}>
        {kinds[kind]}, used {agoText(accessedAt)}
        {keptBecause === undefined ? '' : ` · stays: ${keptBecause}`}
      </span>
    </span>
  );
}

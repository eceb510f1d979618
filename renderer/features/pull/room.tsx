import type { ReactElement } from 'react';
import type { ImageDescription } from '../../../electron/contract/images.ts';
import { Note } from '../../components/note.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { CandidateNames } from '../images/candidate-names.tsx';

type RoomFacts = Pick<
  ImageDescription,
  'state' | 'neededBytes' | 'freeBytes' | 'shortBytes' | 'prunedFirst' | 'isPruningOff'
>;

function freedBytes({ prunedFirst }: Pick<RoomFacts, 'prunedFirst'>): number {
  return prunedFirst.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The room that is there, and what will be left of it at least: a disk with holes takes less than all of it. */
export function roomText(facts: RoomFacts): string {
  const { state, neededBytes, freeBytes, shortBytes } = facts;
  const now = `${diskText(freeBytes)} free`;
  if (state === 'cached') return `${now}, and none is needed`;
  if (shortBytes > 0) return `${now}, ${diskText(neededBytes)} needed at most`;
  return `${now}, at least ${diskText(freeBytes - neededBytes)} after the pull`;
}

/** That there is too little room, and what comes of that: what would be pruned is named before it is. */
export function RoomNote({ facts }: { facts: RoomFacts }): ReactElement | null {
  const { shortBytes, neededBytes, freeBytes, prunedFirst, isPruningOff } = facts;
  if (shortBytes <= 0) return null;
  const needs = <b>Needs {diskText(shortBytes)} more space to be sure.</b>;
  const otherwise = 'A pull stops where the disk is full, and goes on from there.';
  if (prunedFirst.length === 0)
    return (
      <Note look="warning">
        {needs}{' '}
        {isPruningOff
          ? `Automatic pruning is switched off (in the settings, or by TART_NO_AUTO_PRUNE), so make room first. ${otherwise}`
          : `All images that may be pruned would not be enough, so none is. ${otherwise}`}
      </Note>
    );
  const freed = freedBytes(facts);
  return (
    <section className="room" aria-label="What is pruned first">
      <Note look="warning">
        {needs} What was not used for longest is deleted before the pull begins: that frees at most {diskText(freed)},
        and at least {diskText(Math.max(0, freeBytes + freed - neededBytes))} are left after the pull. Pin what must
        stay.
      </Note>
      <ul className="prune-list">
        {prunedFirst.map((candidate) => (
          <li key={candidate.id}>
            <CandidateNames candidate={candidate} />
            <span>{diskText(candidate.bytes)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

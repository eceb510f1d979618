/** Something that pruning may take. */
export interface Candidate {
  readonly id: string;
  readonly kind: 'image' | 'ipsw' | 'vm' | 'unfinished';
  /** As a person knows it. */
  readonly name: string;
  /** What it takes on the host. */
  readonly bytes: number;
  /** When it was last used; of unfinished work, when it was last written to. */
  readonly accessedAt: Date;
  /** Why it stays whatever the rule says, e.g. that it is pinned. */
  readonly mustStay?: string | undefined;
}

export interface PruneRule {
  /** Takes what was last used that many days ago or earlier. */
  readonly olderThanDays?: number | undefined;
  /** Keeps, newest use first, what fits in so many bytes. */
  readonly spaceBudgetBytes?: number | undefined;
  /** Takes nothing but these. Alone, takes these. */
  readonly only?: readonly string[] | undefined;
}

/** A candidate and what becomes of it. */
export interface Verdict {
  readonly candidate: Candidate;
  /** Absent if it goes. */
  readonly keptBecause?: string;
}

const dayMs = 86_400_000;

/**
 * What a rule takes and what it leaves, newest use first; as `tart prune` decides it. With both an age and a budget, what
 * is too old does not count in the budget. What must stay takes its part of the budget before anything else; then what is
 * too large for the rest goes, and smaller and older things may still stay.
 */
export function judge(candidates: readonly Candidate[], rule: PruneRule, now = new Date()): Verdict[] {
  const { olderThanDays, spaceBudgetBytes, only } = rule;
  const chosen = only === undefined ? undefined : new Set(only);
  const latest = olderThanDays === undefined ? undefined : now.getTime() - olderThanDays * dayMs;
  const isOld = ({ accessedAt }: Candidate): boolean => latest !== undefined && accessedAt.getTime() <= latest;
  const sorted = candidates.toSorted((a, b) => b.accessedAt.getTime() - a.accessedAt.getTime());
  const fits = spaceBudgetBytes === undefined ? undefined : withinBudget(sorted, spaceBudgetBytes, isOld);
  const whyKept = (candidate: Candidate): string | undefined => {
    if (candidate.mustStay !== undefined) return candidate.mustStay;
    if (chosen !== undefined && !chosen.has(candidate.id)) return 'Not chosen';
    if (isOld(candidate) || (latest === undefined && fits === undefined)) return undefined;
    if (fits === undefined) return `Used in the last ${olderThanDays === 1 ? 'day' : `${olderThanDays} days`}`;
    return fits.has(candidate) ? 'Within the budget' : undefined;
  };
  return sorted.map((candidate) => {
    const keptBecause = whyKept(candidate);
    return keptBecause === undefined ? { candidate } : { candidate, keptBecause };
  });
}

function withinBudget(
  newestFirst: readonly Candidate[],
  budgetBytes: number,
  isOld: (candidate: Candidate) => boolean,
): ReadonlySet<Candidate> {
  const stays = newestFirst.filter(({ mustStay }) => mustStay !== undefined);
  let left = budgetBytes - stays.reduce((sum, { bytes }) => sum + bytes, 0);
  const fitting = new Set<Candidate>();
  for (const candidate of newestFirst) {
    if (candidate.mustStay !== undefined || isOld(candidate) || candidate.bytes > left) continue;
    left -= candidate.bytes;
    fitting.add(candidate);
  }
  return fitting;
}

/**
 * What to delete, least recently used first, so that `requiredBytes` are free; as Tart decides it before a pull. Nothing
 * if there is room, or if all that may go would not be enough: emptying the cache in vain helps nobody.
 * @param freeBytes what is free now; 0 means that it is not known, and then nothing goes
 */
export function chooseForRoom(candidates: readonly Candidate[], requiredBytes: number, freeBytes: number): Candidate[] {
  const needed = requiredBytes - freeBytes;
  if (freeBytes === 0 || needed <= 0) return [];
  const oldestFirst = candidates
    .filter(({ mustStay }) => mustStay === undefined)
    .toSorted((a, b) => a.accessedAt.getTime() - b.accessedAt.getTime());
  if (oldestFirst.reduce((sum, { bytes }) => sum + bytes, 0) < needed) return [];
  const chosen: Candidate[] = [];
  let reclaimed = 0;
  for (const candidate of oldestFirst) {
    if (reclaimed > needed) break;
    reclaimed += candidate.bytes;
    chosen.push(candidate);
  }
  return chosen;
}

/** One thing that a program is told to do: a verb and the names that it is about. */
export interface Operation {
  readonly verb: string;
  readonly words: readonly string[];
}

/** What a home holds: the contents of each machine's disk by its name, and whether the image is in the cache. */
export interface Contents {
  readonly machines: ReadonlyMap<string, string>;
  readonly hasImage: boolean;
}

/** What the disk of a machine holds that was made of the image. */
export const imageMark = 'image';

/** The contents after an operation that says it was done; undefined if it can't have been done on these. */
export function after({ machines, hasImage }: Contents, { verb, words }: Operation): Contents | undefined {
  const [name = '', other = ''] = words;
  const changed = new Map(machines);
  const mark = machines.get(name);
  switch (verb) {
    case 'create':
      return mark === undefined ? { machines: changed.set(name, other), hasImage } : undefined;
    case 'clone':
      if (mark === undefined || machines.has(other)) return undefined;
      return { machines: changed.set(other, mark), hasImage };
    case 'rename':
      if (mark === undefined || (machines.has(other) && other !== name)) return undefined;
      changed.delete(name);
      return { machines: changed.set(other, mark), hasImage };
    case 'remove':
    case 'trash':
      return changed.delete(name) ? { machines: changed, hasImage } : undefined;
    case 'configure':
    case 'annotate':
    case 'hold':
      return mark === undefined ? undefined : { machines, hasImage };
    case 'pull':
      return { machines, hasImage: true };
    case 'drop-image':
      // Whoever finds that somebody else was faster has what he wanted.
      return { machines, hasImage: false };
    case 'clone-image':
      if (!hasImage || mark !== undefined) return undefined;
      return { machines: changed.set(name, imageMark), hasImage };
    default:
      return { machines, hasImage };
  }
}

/** Whether operations that were done at the same time explain what is found, in one order or another. */
export function explain(before: Contents, done: readonly Operation[], found: Contents): boolean {
  if (done.length === 0) return same(before, found);
  return done.some((operation, index) => {
    const next = after(before, operation);
    const rest = done.filter((_, other) => other !== index);
    return next !== undefined && explain(next, rest, found);
  });
}

function same(a: Contents, b: Contents): boolean {
  const differs = [...a.machines].some(([name, mark]) => b.machines.get(name) !== mark);
  return !differs && a.machines.size === b.machines.size && a.hasImage === b.hasImage;
}

const names = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];
const common = ['create', 'clone', 'clone', 'rename', 'rename', 'remove', 'hold', 'sweep', 'list'];
const ours = ['trash', 'configure', 'annotate', 'lock-home'];
const images = ['pull', 'drop-image', 'clone-image', 'clone-image'];

/** Chooses what to do next; `fresh` marks a disk that is made. */
export function chooseOperation(
  program: 'tatin' | 'stand-in',
  contents: Contents,
  { next, fresh, withImages }: { next: (below: number) => number; fresh: string; withImages: boolean },
): Operation {
  const verbs = program === 'stand-in' ? common : [...common, ...ours, ...(withImages ? images : [])];
  const pick = <T>(items: readonly T[]): T | undefined => items[next(items.length)];
  // Mostly one that is there, so that something happens, and sometimes one that is not.
  const name = (next(8) > 0 ? pick([...contents.machines.keys()]) : undefined) ?? pick(names) ?? '';
  const free = names.filter((one) => !contents.machines.has(one));
  const newName = (next(8) > 0 ? pick(free) : undefined) ?? pick(names) ?? '';
  const verb = contents.machines.size === 0 ? 'create' : (pick(verbs) ?? 'list');
  if (verb === 'create') return { verb, words: [newName, fresh] };
  if (verb === 'clone-image') return { verb, words: [newName] };
  if (verb === 'clone' || verb === 'rename') return { verb, words: [name, newName] };
  return { verb, words: ['pull', 'drop-image', 'sweep', 'list', 'lock-home'].includes(verb) ? [] : [name] };
}

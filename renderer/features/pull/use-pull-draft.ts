import { useState } from 'react';
import type { ProcedureInput, ProcedureOutput } from '../../../electron/contract/contract.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import type { ImageDescription } from '../../../electron/contract/images.ts';
import { splitReference } from '../../../electron/contract/reference.ts';
import type { Answer } from '../../client/use-answer.ts';
import { type MachineNameState, useMachineName } from '../images/machine-name.tsx';
import { isLoopback } from '../registries/insecure-choice.tsx';
import { type TypedReference, wholeReference } from './reference-fields.tsx';
import { useDescription, useTags } from './use-description.ts';

/** A pull that is being filled in, and what the registry says of it. */
export interface PullDraft {
  readonly named: TypedReference;
  readonly reference: string;
  readonly host: string;
  readonly repository: string;
  readonly insecure: boolean;
  /** Whether a machine is made when the image is here, under which name, and whether it starts. */
  readonly makes: boolean;
  readonly name: MachineNameState;
  readonly start: boolean;
  readonly description: ImageDescription | undefined;
  readonly error: ErrorInfo | undefined;
  readonly isAsking: boolean;
  readonly tags: Answer<ProcedureOutput<'images.tags'>>;
  /** The reference was given without a tag, so the tag is what is missing. */
  readonly startsAtTag: boolean;
  /** A registry could not be reached once since the sheet opened. */
  readonly wasUnreachable: boolean;
  readonly canPull: boolean;
  readonly setNamed: (named: TypedReference) => void;
  readonly setInsecure: (insecure: boolean) => void;
  readonly setMakes: (makes: boolean) => void;
  readonly setStart: (start: boolean) => void;
  /** Asks the registry anew, for example after a login. */
  readonly askAgain: () => void;
  /** What is sent to begin the pull. */
  readonly input: () => ProcedureInput<'images.pull'>;
}

/** A new pull of the reference `first`, which may be empty. */
export function usePullDraft(first: string): PullDraft {
  const [named, setNamed] = useState({ typed: first, tag: '' });
  const [chosenInsecure, setInsecure] = useState<boolean>();
  const [makes, setMakes] = useState(first === '');
  const [start, setStart] = useState(true);
  const [round, setRound] = useState(0);
  const { host, repository, name: imageName } = splitReference(named.typed);
  const reference = wholeReference(named);
  const insecure = chosenInsecure ?? isLoopback(repository);
  const { value: description, error, isAsking } = useDescription(reference, { insecure, round });
  // One that can't be reached may be one without encryption, so that choice is shown from then on.
  const [wasUnreachable, setUnreachable] = useState(false);
  if (error?.code === 'registry-unreachable' && !wasUnreachable) setUnreachable(true);
  const tags = useTags(repository, { insecure, round });
  const name = useMachineName(imageName);
  return {
    ...{ named, reference, host, repository, insecure, makes, name, start, description, error, isAsking },
    // What is wrong with the registry itself is said once, of the description.
    tags: error === undefined ? tags : { ...tags, error: undefined },
    startsAtTag: first !== '' && splitReference(first).suffix === '',
    wasUnreachable,
    canPull: description !== undefined && (!makes || name.isGood),
    ...{ setNamed, setInsecure, setMakes, setStart },
    askAgain: () => setRound(round + 1),
    input: () => ({ reference, insecure, ...(makes ? { machine: { name: name.value, start } } : {}) }),
  };
}

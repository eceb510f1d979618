import type { ReactElement } from 'react';
import { CheckBox } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';

/** Whether a registry, `host[:port]` or a reference to it, is this computer: few have a certificate, and nobody is between. */
export function isLoopback(registry: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?(?:\/|$)/.test(registry);
}

/**
 * Whether to talk to a registry by http, with what that means unless it is this computer; without a `registry` another place
 * says that.
 */
export function InsecureChoice({
  registry,
  isChosen,
  onChoose,
}: {
  registry?: string;
  isChosen: boolean;
  onChoose: (isChosen: boolean) => void;
}): ReactElement {
  return (
    <>
      <CheckBox isChosen={isChosen} onChoose={onChoose}>
        Without encryption (http)
      </CheckBox>
      {isChosen && registry !== undefined && !isLoopback(registry) ? (
        <Note look="warning">Name, password and image can be read and changed on the way.</Note>
      ) : null}
    </>
  );
}

import { type ReactElement, useState } from 'react';
import type { HomeMoveReport, HomeReport } from '../../../electron/contract/settings.ts';
import { useAnswer } from '../../client/use-answer.ts';
import { useSubmit } from '../../client/use-submit.ts';
import { Button } from '../../components/button.tsx';
import { Field, FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { Problem } from '../../components/problem.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { machineCountText } from '../../words/machine-count.ts';
import { useChooser } from '../file-chooser/use-chooser.tsx';

/** Typing stops for so long before the host is asked what it makes of a folder, in milliseconds. */
const typingPauseMs = 250;

/** Moves a home to another folder or drive: says what that takes, or why it can't be, before anything is touched. */
export function MoveHomeSheet({ home, onClose }: { home: HomeReport; onClose: () => void }): ReactElement {
  const { client } = useApp();
  const { choose, sheet } = useChooser();
  const [folder, setFolder] = useState('');
  const to = folder.trim();
  const isWhole = to.startsWith('/');
  const { value: report, error } = useAnswer(
    isWhole ? to : undefined,
    (signal) => client.call('homes.inspectMove', { from: home.path, to }, { signal }),
    typingPauseMs,
  );
  const {
    run: move,
    error: refusal,
    dismissError,
  } = useSubmit(async () => {
    await client.call('homes.move', { from: home.path, to });
    onClose();
  });
  const put = (value: string): void => {
    setFolder(value);
    dismissError();
  };
  const problem = refusal ?? error ?? report?.problem;
  const canMove = report !== undefined && problem === undefined;
  return (
    <>
      <Sheet
        width="narrow"
        title="Move Home"
        subtitle={`${home.path}, with ${machineCountText(home.machineCount)} and all images, moves to another folder.`}
        onClose={onClose}
        footer={
          <>
            <span className="grow" />
            <Button onClick={onClose}>Cancel</Button>
            <Button look="filled" disabled={!canMove} onClick={() => void move()}>
              Move
            </Button>
          </>
        }
      >
        <FormRow label="New folder">
          <div className="move-home-place">
            <Field
              label="New folder of the home"
              data-first-focus
              placeholder="A folder that is empty or not there yet"
              error={to !== '' && !isWhole ? 'Give the whole path, from the first slash on.' : undefined}
              value={folder}
              onChange={({ target }) => put(target.value)}
            />
            <Button
              onClick={() =>
                choose({ title: 'Choose the Folder to Move It Into', kind: 'folder' }, (above) =>
                  put(`${above.replace(/\/$/, '')}/${nameOf(home.path)}`),
                )
              }
            >
              Choose…
            </Button>
          </div>
        </FormRow>
        <div role="status">
          {canMove ? <p className="secondary">{whatHappens(report, home)}</p> : null}
          {problem === undefined ? null : <Problem error={problem} />}
        </div>
        {canMove && home.inUse ? (
          <Note>
            This Tatin has the home open: restart it when the move is done. Tart finds the new folder by{' '}
            <code>TART_HOME</code>.
          </Note>
        ) : null}
      </Sheet>
      {sheet}
    </>
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function whatHappens({ how, bytes, freeBytes }: HomeMoveReport, { path }: HomeReport): string {
  if (how === 'rename') return 'It is on the same volume, so the move takes a moment.';
  if (how === 'finish') return 'It is there already: an earlier move was interrupted, and will be finished.';
  return [
    `${diskText(bytes)} are copied to a volume with ${diskText(freeBytes)} free, and compared.`,
    `Until all of it is there, ${path} stays whole; its machines can’t be started meanwhile.`,
    'An interrupted move continues when it is tried again.',
  ].join(' ');
}

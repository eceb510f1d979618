import { type ReactElement, useState } from 'react';
import { isOpen } from '../../../electron/contract/job.ts';
import type { HomeReport } from '../../../electron/contract/settings.ts';
import { useAnswer } from '../../client/use-answer.ts';
import { attempt } from '../../commands/attempt.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Problem } from '../../components/problem.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { machineCountText } from '../../words/machine-count.ts';
import { MoveHomeSheet } from './move-home-sheet.tsx';

type Act = (procedure: 'homes.add' | 'homes.remove' | 'homes.use', path: string) => void;

/** Where VMs live: the home in use, and others that can be changed to. */
export function HomesCard(): ReactElement {
  const app = useApp();
  const [round, setRound] = useState(0);
  const [folder, setFolder] = useState('');
  const [moving, setMoving] = useState<HomeReport>();
  // What was moved is elsewhere from then on.
  const moves = useLibrary(({ jobs }) => jobs.filter((job) => job.kind === 'move' && !isOpen(job)).length);
  const { value: homes, error } = useAnswer(`${round} ${moves}`, (signal) =>
    app.client.call('homes.list', {}, { signal }),
  );
  const act: Act = (procedure, path) =>
    void attempt(app, 'The homes were not changed', async () => {
      await app.client.call(procedure, { path });
      setFolder('');
      setRound((number) => number + 1);
    });
  return (
    <section className="group" aria-label="Homes">
      <header>
        <h2 className="grow">Homes</h2>
        <Button size="small" onClick={() => setRound((number) => number + 1)}>
          Check Again
        </Button>
      </header>
      {error === undefined ? null : <Problem title="The homes could not be read" error={error} />}
      <ul className="homes" aria-busy={homes === undefined}>
        {(homes ?? []).map((home) => (
          <HomeRow key={home.path} home={home} onAct={act} onMove={() => setMoving(home)} />
        ))}
      </ul>
      <form
        className="group-foot"
        onSubmit={(event) => {
          event.preventDefault();
          if (folder.trim() !== '') act('homes.add', folder.trim());
        }}
      >
        <Field
          label="Folder of another home"
          width={320}
          placeholder="/path/to/another/home"
          value={folder}
          onChange={({ target }) => setFolder(target.value)}
        />
        <Button type="submit" size="small" disabled={folder.trim() === ''}>
          Add
        </Button>
      </form>
      {moving === undefined ? null : <MoveHomeSheet home={moving} onClose={() => setMoving(undefined)} />}
    </section>
  );
}

function HomeRow({ home, onAct, onMove }: { home: HomeReport; onAct: Act; onMove: () => void }): ReactElement {
  const { path, inUse, isNext, unavailable } = home;
  return (
    <li className="home" data-gone={unavailable !== undefined || undefined}>
      <div className="grow">
        <b>{path}</b> {inUse ? <span className="home-mark">in use</span> : null}
        {isNext && !inUse ? <span className="home-mark">from the next start on</span> : null}
        <p className="caption">{unavailable ?? factsOf(home)}</p>
      </div>
      {unavailable === undefined ? (
        <Button size="small" aria-label={`Move ${path}`} onClick={onMove}>
          Move…
        </Button>
      ) : null}
      {isNext ? null : (
        <Button
          size="small"
          disabled={unavailable !== undefined}
          aria-label={`Use ${path}`}
          onClick={() => onAct('homes.use', path)}
        >
          Use
        </Button>
      )}
      {inUse || isNext ? null : (
        <Button size="small" aria-label={`Remove ${path} from the list`} onClick={() => onAct('homes.remove', path)}>
          Remove
        </Button>
      )}
    </li>
  );
}

function factsOf(home: HomeReport): string {
  const { machineCount, machinesBytes, cacheBytes, freeBytes, totalBytes, fileSystem, clones } = home;
  return [
    `${machineCountText(machineCount)} with ${diskText(machinesBytes)}, cache with ${diskText(cacheBytes)}.`,
    `${diskText(freeBytes)} of ${diskText(totalBytes)} free on ${fileSystem};`,
    clones ? 'duplicates share their blocks.' : 'duplicates are whole copies.',
  ].join(' ');
}

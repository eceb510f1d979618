import type { ReactElement, ReactNode } from 'react';
import icon from '../../../assets/icon.svg';
import { runCommand } from '../../commands/library-commands.ts';
import { Button } from '../../components/button.tsx';
import { Icon, type IconName } from '../../components/icon.tsx';
import { Note } from '../../components/note.tsx';
import { useApp, useLibrary, useView } from '../../state/app.tsx';
import { whyNoMac } from '../new-vm/sources.tsx';
import { diskText, memoryText } from '../../../electron/contract/words/sizes.ts';

/** The first thing that a new user sees: ways to a first machine, the smallest first. */
export function FirstRun(): ReactElement {
  const app = useApp();
  const host = useLibrary((state) => state.host);
  const isMaking = useLibrary(({ jobs }) => jobs.some(({ kind, state }) => kind === 'create' && state === 'running'));
  const demo = host?.demoGuest;
  return (
    <div className="first-run" data-region="content" tabIndex={-1}>
      <img src={icon} alt="" width={96} height={96} />
      <h2>Make your first virtual machine</h2>
      <p className="secondary">
        {host === undefined ? 'Looking at this computer…' : abilities(host.guests, host.noun)}
      </p>
      <div className="ways">
        <Way
          icon="terminal"
          title="Try Demo Linux"
          text={`A small Linux that starts in seconds. ${demo === undefined ? '' : `${diskText(demo.bytes)} on disk, nothing to install.`}`}
        >
          <Button
            look="filled"
            disabled={demo?.available !== true || isMaking}
            onClick={() => runCommand(app, 'file.newDemo')}
          >
            {isMaking ? 'Making It…' : 'Start Demo Linux'}
          </Button>
        </Way>
        {host === undefined || whyNoMac(host) !== undefined ? null : (
          <Way icon="laptop" title="Install macOS" text="From Apple’s restore image, which is fetched once and kept.">
            <Button onClick={() => app.view.setState({ overlay: { kind: 'new-vm', from: 'macos' } })}>
              Choose Version…
            </Button>
          </Way>
        )}
        <Way icon="disc" title="Install Linux" text="From an installer disc (ISO) that you have on this computer.">
          <Button onClick={() => app.view.setState({ overlay: { kind: 'new-vm', from: 'iso' } })}>Choose ISO…</Button>
        </Way>
        <Way icon="drive" title="Empty disk" text="A machine without a system. Bring your own boot medium later.">
          <Button onClick={() => app.view.setState({ overlay: { kind: 'new-vm', from: 'empty' } })}>Make Empty…</Button>
        </Way>
      </div>
      {demo?.reason === undefined ? null : <Note look="warning">Demo Linux can’t be made here: {demo.reason}</Note>}
      {host === undefined ? null : (
        <p className="host-line">
          <span>{host.processor}</span>
          <span>{memoryText(host.memoryBytes)} memory</span>
          <span>{diskText(host.home.freeBytes)} free</span>
          <span className="mono">{host.home.path}</span>
        </p>
      )}
    </div>
  );
}

function Way({
  icon: name,
  title,
  text,
  children,
}: {
  icon: IconName;
  title: string;
  text: string;
  children: ReactNode;
}): ReactElement {
  return (
    <section className="way">
      <h3>
        <Icon name={name} size={20} /> {title}
      </h3>
      <p>{text}</p>
      {children}
    </section>
  );
}

function abilities(
  guests: readonly { os: string; arch: string; accelerator?: string | undefined; notAvailable?: string | undefined }[],
  noun: string,
): string {
  const runs = guests.filter(({ notAvailable }) => notAvailable === undefined);
  if (runs.length === 0)
    return `${noun} can’t run guests yet: ${guests[0]?.notAvailable ?? 'nothing to run them with was found'}.`;
  const systems = [...new Set(runs.map(({ os }) => (os === 'darwin' ? 'macOS' : 'Linux')))].join(' and ');
  const by = runs[0]?.accelerator;
  return `${noun} can run ${systems}${by === undefined ? '' : ` with ${by}`}. Nothing is downloaded until you choose.`;
}

/** A filter or search that leaves nothing: what would appear, and the way back. */
export function NothingShown(): ReactElement {
  const { view } = useApp();
  const { query, filter } = useView(({ query, filter }) => ({ query, filter }));
  const words =
    query !== ''
      ? `No machine matches “${query}”.`
      : filter.by === 'running'
        ? 'No machine runs now. Those that do appear here.'
        : filter.by === 'suspended'
          ? 'No machine is suspended. Those whose state is saved to disk appear here.'
          : 'No machine has this tag any more.';
  return (
    <div className="nothing" data-region="content" tabIndex={-1}>
      <p>{words}</p>
      {query === '' ? (
        <Button onClick={() => view.setState({ filter: { by: 'all' } })}>Show All</Button>
      ) : (
        <Button onClick={() => view.setState({ query: '' })}>Clear Search</Button>
      )}
    </div>
  );
}

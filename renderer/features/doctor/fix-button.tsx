import { type ReactElement, useState } from 'react';
import type { Fix } from '../../../electron/contract/doctor.ts';
import { attempt, copyText } from '../../commands/attempt.ts';
import { Button } from '../../components/button.tsx';
import { Confirm, Sheet } from '../../components/sheet.tsx';
import { type App, useApp } from '../../state/app.tsx';
import { examine } from '../../state/diagnosis.ts';

/** One cure: carried out, confirmed first, shown as a command to type, or the way to where a person decides. */
export function FixButton({ checkId, fix }: { checkId: string; fix: Fix }): ReactElement | null {
  const app = useApp();
  const [isOpen, setOpen] = useState(false);
  const apply = (): void => void applyFix(app, checkId, fix);
  if (fix.kind === 'place') {
    const go = placeOf(app, fix.place);
    return go === undefined ? null : (
      <Button size="small" onClick={go}>
        {fix.title}
      </Button>
    );
  }
  return (
    <>
      <Button
        size="small"
        title={fix.kind === 'safe' ? fix.says : undefined}
        onClick={() => (fix.kind === 'safe' ? apply() : setOpen(true))}
      >
        {fix.title}
      </Button>
      {isOpen && fix.kind === 'command' ? (
        <CommandSheet title={fix.title} command={fix.says ?? ''} onClose={() => setOpen(false)} />
      ) : null}
      {isOpen && fix.kind === 'ask' ? (
        <Confirm
          title={`${fix.title.replace('…', '')}?`}
          text={fix.says ?? ''}
          verb={fix.title.replace('…', '')}
          onConfirm={() => {
            setOpen(false);
            apply();
          }}
          onCancel={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}

/** Carries out a cure, and looks again whatever came of it. */
async function applyFix(app: App, checkId: string, { id, title }: Fix): Promise<void> {
  await attempt(app, `“${title.replace('…', '')}” did not work`, () =>
    app.client.call('doctor.fix', { checkId, fixId: id }),
  );
  await examine(app.client);
}

/** The screens that there are; a cure that leads to another is not offered. */
function placeOf({ view }: App, place: Fix['place']): (() => void) | undefined {
  if (place === 'all' || place === 'running')
    return () => view.setState({ page: 'machines', filter: { by: place }, query: '' });
  if (place === 'network') return () => view.setState({ page: 'network' });
  if (place === 'images') return () => view.setState({ page: 'images' });
  if (place === 'settings') return () => view.setState({ page: 'settings' });
  if (place === 'registries') return () => view.setState({ overlay: { kind: 'registries' } });
  if (place === 'jobs') return () => view.setState({ overlay: { kind: 'jobs' } });
  return undefined;
}

function CommandSheet({
  title,
  command,
  onClose,
}: {
  title: string;
  command: string;
  onClose: () => void;
}): ReactElement {
  const app = useApp();
  return (
    <Sheet
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Done</Button>
          <Button look="filled" icon="copy" onClick={() => void copyText(app, command)}>
            Copy
          </Button>
        </>
      }
    >
      <p>Type this in a terminal on the computer that runs Tatin, then check again:</p>
      <pre className="doctor-command" tabIndex={0} aria-label="Command">
        {command}
      </pre>
    </Sheet>
  );
}

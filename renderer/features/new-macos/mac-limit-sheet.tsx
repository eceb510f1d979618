import type { ReactElement } from 'react';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import type { MachineVm, Vm, VmId } from '../../../electron/contract/machine.ts';
import { takesSlot, type WayOut, waysOut } from '../../../electron/contract/macos.ts';
import { useSubmit } from '../../client/use-submit.ts';
import { copyText } from '../../commands/attempt.ts';
import { Button } from '../../components/button.tsx';
import { Note } from '../../components/note.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { errorText } from '../../words/error-text.ts';
import './new-macos.css';

const noVms: ReadonlyMap<VmId, Vm> = new Map();

/** macOS starts no third macOS guest: which two run, and one of them makes way for the one that was wanted. */
export function MacLimitSheet({
  id,
  error,
  onClose,
}: {
  id: VmId;
  error: ErrorInfo;
  onClose: () => void;
}): ReactElement {
  const app = useApp();
  const vms = useLibrary((state) => state.vms) ?? noVms;
  const name = vms.get(id)?.name ?? '';
  const running = [...vms.values()].filter((vm) => vm.kind === 'machine').filter((vm) => takesSlot(vm) && vm.id !== id);
  const { run: makeWay, error: refusal } = useSubmit(async (instead: VmId, how: WayOut) => {
    await app.client.call('macos.startInstead', { id, instead, how });
    onClose();
  });
  return (
    <Sheet
      title={`“${name}” can’t start beside the others`}
      subtitle="macOS allows two macOS guests at a time on one Mac. Linux guests do not count."
      onClose={onClose}
      footer={<Button onClick={onClose}>Cancel</Button>}
    >
      {running.length === 0 ? (
        <Strays error={error} />
      ) : (
        <>
          <p>Choose one to suspend or shut down. Then “{name}” starts by itself.</p>
          <ul className="way-outs">
            {running.map((vm) => (
              <Running key={vm.id} vm={vm} onMakeWay={(how) => void makeWay(vm.id, how)} />
            ))}
          </ul>
        </>
      )}
      {refusal === undefined ? null : (
        <Note look="failed">
          <b>It still runs.</b> {errorText(refusal)}
        </Note>
      )}
    </Sheet>
  );
}

function Running({ vm, onMakeWay }: { vm: MachineVm; onMakeWay: (how: WayOut) => void }): ReactElement {
  const ways = waysOut(vm);
  const isElsewhere = vm.state.phase === 'running' && vm.state.owner === 'elsewhere';
  return (
    <li>
      <StateMark vm={vm} />
      <span className="grow">
        <b>{vm.name}</b>
        {isElsewhere ? <span className="secondary"> run by another program</span> : null}
      </span>
      {ways.includes('suspend') ? (
        <Button aria-label={`Suspend ${vm.name}`} onClick={() => onMakeWay('suspend')}>
          Suspend
        </Button>
      ) : null}
      {ways.includes('shutDown') ? (
        <Button aria-label={`Shut down ${vm.name}`} onClick={() => onMakeWay('shutDown')}>
          Shut Down
        </Button>
      ) : null}
    </li>
  );
}

/** None of them is in this library, so all that can be done is to say who they are. */
function Strays({ error }: { error: ErrorInfo }): ReactElement {
  const app = useApp();
  const { message, hint, details } = error;
  return (
    <>
      <Note
        look="warning"
        action={
          details === undefined ? undefined : (
            <Button size="small" onClick={() => void copyText(app, `${message}\n\n${details}`)}>
              Copy
            </Button>
          )
        }
      >
        <b>{message}</b> {hint}
      </Note>
      {details === undefined ? null : (
        <pre className="stray-processes mono" tabIndex={0} aria-label="Processes of guests">
          {details}
        </pre>
      )}
    </>
  );
}

import type { ReactElement } from 'react';
import type { Vm } from '../../electron/contract/machine.ts';
import { type LossyVerb, type VerbQuestion, verbQuestion } from '../../electron/contract/words/verb-questions.ts';
import { deleteForGood, moveToTrash } from '../commands/move-to-trash.ts';
import { requestVerb } from '../commands/request-verb.ts';
import { Confirm } from '../components/sheet.tsx';
import { type App, useApp, useLibrary } from '../state/app.tsx';
import type { Overlay } from '../state/view-store.ts';
import { diskText } from '../../electron/contract/words/sizes.ts';

type Asked = Extract<Overlay, { kind: 'confirm' }>;

interface Question {
  readonly words: (vms: readonly Vm[]) => VerbQuestion;
  readonly confirmed: (app: App, vms: readonly Vm[]) => void;
}

const lossy = (verb: LossyVerb): Question => ({
  words: (vms) => verbQuestion(verb, nameOf(vms)),
  confirmed: (app, vms) => vms.forEach((vm) => void requestVerb(app, verb, vm)),
});

const questions: Readonly<Record<Asked['verb'], Question>> = {
  forceStop: lossy('forceStop'),
  reset: lossy('reset'),
  discardSuspended: lossy('discardSuspended'),
  delete: {
    words: (vms) => ({
      title: `Move ${nameOf(vms)} to the Trash?`,
      text: `${sizeOf(vms)} on disk. It can be put back from the Trash until that is emptied.`,
      verb: 'Move to Trash',
    }),
    confirmed: (app, vms) => void moveToTrash(app, vms),
  },
  deleteForGood: {
    words: (vms) => ({
      title: `Delete ${nameOf(vms)} for good?`,
      text: `The disk has no Trash that can hold this. ${sizeOf(vms)} are gone then, and can’t be put back.`,
      verb: 'Delete',
    }),
    confirmed: (app, vms) => void deleteForGood(app, vms),
  },
};

/** Asks before something of machines is lost, and does it after a yes. */
export function QuestionOverlay({ overlay, onClose }: { overlay: Asked; onClose: () => void }): ReactElement {
  const app = useApp();
  const vms = useLibrary((state) => overlay.ids.flatMap((id) => state.vms?.get(id) ?? []));
  const { words, confirmed } = questions[overlay.verb];
  return (
    <Confirm
      {...words(vms)}
      onCancel={onClose}
      onConfirm={() => {
        onClose();
        confirmed(app, vms);
      }}
    />
  );
}

function nameOf(vms: readonly Vm[]): string {
  const [only] = vms;
  return only !== undefined && vms.length === 1 ? `“${only.name}”` : `${vms.length} machines`;
}

function sizeOf(vms: readonly Vm[]): string {
  return diskText(vms.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0));
}

import type { ReactElement } from 'react';
import type { Vm } from '../../../electron/contract/machine.ts';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { statusLine, systemText } from '../../words/status-line.ts';
import { ScreenPicture } from './picture.tsx';

/** A large picture of a machine's screen, and its notes. */
export function QuickLook({ vm, onClose }: { vm: Vm; onClose: () => void }): ReactElement {
  return (
    <Sheet
      title={vm.name}
      subtitle={vm.kind === 'machine' ? `${systemText(vm)} · ${statusLine(vm).text}` : vm.reason}
      onClose={onClose}
      footer={
        <Button look="filled" onClick={onClose}>
          Done
        </Button>
      }
    >
      {vm.kind === 'machine' ? (
        <div className="quick-look">
          <ScreenPicture vm={vm} maxWidth={1120} />
        </div>
      ) : null}
      {vm.kind === 'machine' && vm.annotations.notes !== '' ? (
        <pre className="quick-notes">{vm.annotations.notes}</pre>
      ) : null}
    </Sheet>
  );
}

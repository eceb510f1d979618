import { type ReactElement, useState } from 'react';
import type { Vm } from '../../electron/contract/machine.ts';
import { askFor, attempt } from '../commands/run.ts';
import { Button } from '../components/button.tsx';
import { Field } from '../components/field.tsx';
import { Confirm, Sheet } from '../components/sheet.tsx';
import { AppError } from '../../electron/contract/errors.ts';
import { type App, useApp, useLibrary, useView } from '../state/app.tsx';
import type { Overlay } from '../state/view-store.ts';
import { diskText } from '../words/sizes.ts';
import { ExportSheet } from '../features/import/export-sheet.tsx';
import { ImportSheet } from '../features/import/import-sheet.tsx';
import { DeleteImages } from '../features/images/delete-images.tsx';
import { FromImageSheet } from '../features/images/from-image-sheet.tsx';
import { PruneSheet } from '../features/images/prune-sheet.tsx';
import { PushSheet } from '../features/images/push-sheet.tsx';
import { JobsSheet } from '../features/jobs/jobs-sheet.tsx';
import { MacLimitSheet } from '../features/new-macos/mac-limit-sheet.tsx';
import { NewVmSheet } from '../features/new-vm/new-vm-sheet.tsx';
import { KeysSheet } from '../features/palette/keys-sheet.tsx';
import { CommandPalette } from '../features/palette/palette.tsx';
import { PullSheet } from '../features/pull/pull-sheet.tsx';
import { RegistriesSheet } from '../features/registries/registries-sheet.tsx';
import { LogOutAll } from '../features/session/log-out-all.tsx';
import { ServiceSheet } from '../features/service/service-sheet.tsx';
import { ScreenPicture } from '../features/library/picture.tsx';
import { AllowPathsSheet } from '../features/library/allow-paths-sheet.tsx';
import { statusLine, systemText } from '../words/status-line.ts';

/** Whatever lies over the window now. */
export function Overlays(): ReactElement | null {
  const { view } = useApp();
  const overlay = useView((state) => state.overlay);
  const vms = useLibrary((state) => state.vms);
  const onClose = (): void => view.setState({ overlay: undefined });
  if (overlay === undefined) return null;
  switch (overlay.kind) {
    case 'new-vm':
      return (
        <NewVmSheet
          {...(overlay.from === undefined ? {} : { from: overlay.from })}
          {...(overlay.disc === undefined ? {} : { disc: overlay.disc })}
          {...(overlay.ipsw === undefined ? {} : { ipsw: overlay.ipsw })}
          onClose={onClose}
        />
      );
    case 'mac-limit':
      return <MacLimitSheet id={overlay.id} error={overlay.error} onClose={onClose} />;
    case 'allow-paths':
      return <AllowPathsSheet id={overlay.id} paths={overlay.paths} onClose={onClose} />;
    case 'import':
      return <ImportSheet given={overlay.given} onClose={onClose} />;
    case 'pull':
      return (
        <PullSheet {...(overlay.reference === undefined ? {} : { reference: overlay.reference })} onClose={onClose} />
      );
    case 'push':
      return <PushSheet from={overlay.from} onClose={onClose} />;
    case 'prune':
      return <PruneSheet onClose={onClose} />;
    case 'registries':
      return <RegistriesSheet onClose={onClose} />;
    case 'from-image':
      return <FromImageSheet imageId={overlay.imageId} onClose={onClose} />;
    case 'delete-images':
      return <DeleteImages imageIds={overlay.imageIds} onClose={onClose} />;
    case 'palette':
      return <CommandPalette onClose={onClose} />;
    case 'jobs':
      return <JobsSheet onClose={onClose} />;
    case 'service':
      return <ServiceSheet onClose={onClose} />;
    case 'log-out-all':
      return <LogOutAll onClose={onClose} />;
    case 'keys':
      return <KeysSheet onClose={onClose} />;
    case 'confirm':
      return <Question overlay={overlay} vms={overlay.ids.flatMap((id) => vms?.get(id) ?? [])} onClose={onClose} />;
    case 'export': {
      const vm = vms?.get(overlay.id);
      return vm?.kind === 'machine' ? <ExportSheet vm={vm} onClose={onClose} /> : null;
    }
    case 'duplicate':
    case 'quick-look': {
      const vm = vms?.get(overlay.id);
      if (vm === undefined) return null;
      return overlay.kind === 'duplicate' ? (
        <Duplicate vm={vm} onClose={onClose} />
      ) : (
        <QuickLook vm={vm} onClose={onClose} />
      );
    }
  }
}

type Asked = Extract<Overlay, { kind: 'confirm' }>['verb'];

const procedures = {
  forceStop: 'machines.forceStop',
  reset: 'machines.reset',
  discardSuspended: 'machines.discardSuspended',
} as const;

function wording(verb: Asked, vms: readonly Vm[]): { title: string; text: string; button: string } {
  const what = vms.length === 1 ? `“${vms[0]?.name ?? ''}”` : `${vms.length} machines`;
  const size = diskText(vms.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0));
  switch (verb) {
    case 'forceStop':
      return {
        title: `Force ${what} to stop?`,
        text: 'As pulling the plug would: what the guest has not written to its disk is lost.',
        button: 'Force Stop',
      };
    case 'reset':
      return {
        title: `Reset ${what}?`,
        text: 'It starts again at once. What the guest has not written to its disk is lost.',
        button: 'Reset',
      };
    case 'discardSuspended':
      return {
        title: `Discard the saved state of ${what}?`,
        text: 'The next start boots afresh. The disk stays; programs that were open in the guest are lost.',
        button: 'Discard',
      };
    case 'delete':
      return {
        title: `Move ${what} to the Trash?`,
        text: `${size} on disk. It can be put back from the Trash until that is emptied.`,
        button: 'Move to Trash',
      };
  }
}

function Question({
  overlay,
  vms,
  onClose,
}: {
  overlay: Extract<Overlay, { kind: 'confirm' }>;
  vms: readonly Vm[];
  onClose: () => void;
}): ReactElement {
  const app = useApp();
  const [withoutTrash, setWithoutTrash] = useState<Vm>();
  const { verb } = overlay;
  if (withoutTrash !== undefined)
    return (
      <Confirm
        title={`Delete “${withoutTrash.name}” for good?`}
        text={`Its disk has no Trash that can hold it. ${diskText(withoutTrash.allocatedBytes)} are gone then, and can’t be put back.`}
        verb="Delete"
        onCancel={onClose}
        onConfirm={() => {
          onClose();
          void attempt(app, `“${withoutTrash.name}” was not deleted`, () =>
            app.client.call('vms.delete', { id: withoutTrash.id, permanently: true }),
          );
        }}
      />
    );
  const { title, text, button } = wording(verb, vms);
  const confirm = async (): Promise<void> => {
    if (verb !== 'delete') {
      onClose();
      for (const { id, name } of vms) void askFor(app, procedures[verb], id, name);
      return;
    }
    const refused = await moveToTrash(app, vms);
    if (refused === undefined) onClose();
    else setWithoutTrash(refused);
  };
  return (
    <Confirm
      title={title}
      text={text}
      verb={button}
      onCancel={onClose}
      onConfirm={(event) => {
        // The question may be followed by another, so it is this that closes it.
        event.preventDefault();
        void confirm();
      }}
    />
  );
}

/** Moves machines to the Trash; returns the first whose disk has none. */
async function moveToTrash(app: App, vms: readonly Vm[]): Promise<Vm | undefined> {
  for (const vm of vms) {
    try {
      await app.client.call('vms.delete', { id: vm.id });
    } catch (thrown) {
      if (AppError.from(thrown).code === 'not-supported') return vm;
      await attempt(app, `“${vm.name}” was not moved to the Trash`, () => Promise.reject(AppError.from(thrown)));
    }
  }
  return undefined;
}

function Duplicate({ vm, onClose }: { vm: Vm; onClose: () => void }): ReactElement {
  const { client } = useApp();
  const [name, setName] = useState(`${vm.name}-copy`);
  const [error, setError] = useState<string>();
  const duplicate = async (): Promise<void> => {
    try {
      await client.call('vms.clone', { id: vm.id, name });
      onClose();
    } catch (thrown) {
      setError(AppError.from(thrown).message);
    }
  };
  return (
    <Sheet
      title={`Duplicate “${vm.name}”`}
      subtitle={`Takes no more room than changes will, where the disk can share; else ${diskText(vm.allocatedBytes)}.`}
      width="narrow"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="filled" disabled={name === ''} onClick={() => void duplicate()}>
            Duplicate
          </Button>
        </>
      }
    >
      <Field
        label="Name of the copy"
        value={name}
        autoFocus
        error={error}
        onFocus={({ target }) => target.select()}
        onChange={({ target }) => {
          setName(target.value);
          setError(undefined);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void duplicate();
        }}
      />
    </Sheet>
  );
}

function QuickLook({ vm, onClose }: { vm: Vm; onClose: () => void }): ReactElement {
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

import type { ReactElement } from 'react';
import type { Vm, VmId } from '../../electron/contract/machine.ts';
import { useApp, useLibrary, useView } from '../state/app.tsx';
import type { Overlay } from '../state/view-store.ts';
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
import { AllowPathsSheet } from '../features/library/allow-paths-sheet.tsx';
import { DuplicateSheet } from '../features/library/duplicate-sheet.tsx';
import { QuickLook } from '../features/library/quick-look.tsx';
import { QuestionOverlay } from './question.tsx';

type Kind = Overlay['kind'];
interface OverlayProps<K extends Kind> {
  readonly overlay: Extract<Overlay, { kind: K }>;
  readonly onClose: () => void;
}
type OverlayComponent<K extends Kind> = (props: OverlayProps<K>) => ReactElement | null;

/** The component of each overlay; one without is an error of type. */
const overlays: { readonly [K in Kind]: OverlayComponent<K> } = {
  'new-vm': ({ overlay: { kind: _kind, ...wanted }, onClose }) => <NewVmSheet {...wanted} onClose={onClose} />,
  'mac-limit': ({ overlay: { id, error }, onClose }) => <MacLimitSheet id={id} error={error} onClose={onClose} />,
  'allow-paths': ({ overlay: { id, paths }, onClose }) => <AllowPathsSheet id={id} paths={paths} onClose={onClose} />,
  import: ({ overlay, onClose }) => <ImportSheet given={overlay.given} onClose={onClose} />,
  pull: ({ overlay: { kind: _kind, ...wanted }, onClose }) => <PullSheet {...wanted} onClose={onClose} />,
  push: ({ overlay, onClose }) => <PushSheet from={overlay.from} onClose={onClose} />,
  prune: ({ onClose }) => <PruneSheet onClose={onClose} />,
  registries: ({ onClose }) => <RegistriesSheet onClose={onClose} />,
  'from-image': ({ overlay, onClose }) => <FromImageSheet imageId={overlay.imageId} onClose={onClose} />,
  'delete-images': ({ overlay, onClose }) => <DeleteImages imageIds={overlay.imageIds} onClose={onClose} />,
  palette: ({ onClose }) => <CommandPalette onClose={onClose} />,
  jobs: ({ onClose }) => <JobsSheet onClose={onClose} />,
  service: ({ onClose }) => <ServiceSheet onClose={onClose} />,
  'log-out-all': ({ onClose }) => <LogOutAll onClose={onClose} />,
  keys: ({ onClose }) => <KeysSheet onClose={onClose} />,
  confirm: QuestionOverlay,
  export: ofVm((vm, onClose) => (vm.kind === 'machine' ? <ExportSheet vm={vm} onClose={onClose} /> : null)),
  duplicate: ofVm((vm, onClose) => <DuplicateSheet vm={vm} onClose={onClose} />),
  'quick-look': ofVm((vm, onClose) => <QuickLook vm={vm} onClose={onClose} />),
};

/** Whatever lies over the window now. */
export function Overlays(): ReactElement | null {
  const { view } = useApp();
  const overlay = useView((state) => state.overlay);
  if (overlay === undefined) return null;
  // Each component takes the overlay of its own kind, which a lookup by kind can't say.
  const Shown = overlays[overlay.kind] as OverlayComponent<Kind>;
  return <Shown overlay={overlay} onClose={() => view.setState({ overlay: undefined })} />;
}

/** An overlay about one VM; nothing once that is gone. */
function ofVm(show: (vm: Vm, onClose: () => void) => ReactElement | null) {
  return function OfVm({ overlay, onClose }: { overlay: { readonly id: VmId }; onClose: () => void }) {
    const { vm } = useLibrary(({ vms }) => ({ vm: vms?.get(overlay.id) }));
    return vm === undefined ? null : show(vm, onClose);
  };
}

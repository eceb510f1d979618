import { type ReactElement, useState } from 'react';
import type { Host } from '../../../electron/contract/host.ts';
import type { MacDraft, MacSource } from '../../../electron/contract/macos.ts';
import { InstallingSheet } from '../new-macos/installing-sheet.tsx';
import { useInstallJob } from '../new-macos/mac-progress.tsx';
import { useBegunMac } from '../new-macos/use-kept-draft.ts';
import { useLibrary } from '../../state/app.tsx';
import type { InstallerDisc } from '../../state/view-store.ts';
import { type Draft, firstDraft, fromKept } from './draft.ts';
import type { MadeFrom } from './made-from.ts';
import { whyNoMac } from './sources.tsx';
import { Steps } from './steps.tsx';
import './new-vm.css';

interface NewVmRequest {
  readonly from?: MadeFrom;
  readonly disc?: InstallerDisc;
  /** An image of macOS that was dropped or chosen. */
  readonly ipsw?: string;
}

/** Makes a new VM in three steps; what is wrong is said where it is. A macOS machine that was begun goes on where it was. */
export function NewVmSheet({ onClose, ...request }: NewVmRequest & { onClose: () => void }): ReactElement | null {
  const host = useLibrary((state) => state.host);
  // Who asks for something particular is not asked about something else.
  const isOpen = request.ipsw === undefined && request.disc === undefined && (request.from ?? 'macos') === 'macos';
  const { known, draft } = useBegunMac(isOpen && host !== undefined && whyNoMac(host) === undefined);
  if (host === undefined || !known) return null;
  return <Begun host={host} request={request} kept={draft} onClose={onClose} />;
}

/** Where it begins, or goes on. */
function Begun({
  host,
  request,
  kept,
  onClose,
}: {
  host: Host;
  request: NewVmRequest;
  kept: MacDraft | null;
  onClose: () => void;
}): ReactElement {
  const job = useInstallJob(kept?.installing);
  // While it goes on by itself, another machine can be made meanwhile.
  const needsHelp = job?.state === 'paused' || job?.state === 'failed';
  // It stays where it began, whatever becomes of the job.
  const [isInstalling] = useState(needsHelp || request.from === 'macos');
  if (kept?.installing !== undefined && isInstalling)
    return <InstallingSheet vmId={kept.installing} name={kept.name} onClose={onClose} />;
  const begun = kept === null || kept.installing !== undefined ? fresh(host, request) : fromKept(kept, host);
  return <Steps host={host} begun={begun} disc={request.disc} onClose={onClose} />;
}

function fresh(host: Host, { from = 'demo', disc, ipsw }: NewVmRequest): { draft: Draft; step: number } {
  const source: MacSource | undefined = ipsw === undefined ? undefined : { from: 'file', path: ipsw };
  const wanted = source === undefined ? from : 'macos';
  const first = wanted === 'demo' && !host.demoGuest.available ? 'iso' : wanted;
  return { draft: firstDraft(first, host, disc, source), step: 0 };
}

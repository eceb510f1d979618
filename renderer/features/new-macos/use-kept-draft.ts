import { useEffect, useState } from 'react';
import type { MacDraft } from '../../../electron/contract/macos.ts';
import { useApp } from '../../state/app.tsx';

/** Changes closer together than this are written down once, in milliseconds. */
const pauseMs = 300;

/** What was begun before, once it is known whether there is something; asked for only where it could be gone on with. */
export function useBegunMac(wanted: boolean): { known: boolean; draft: MacDraft | null } {
  const { client } = useApp();
  const [found, setFound] = useState<{ draft: MacDraft | null }>();
  useEffect(() => {
    if (!wanted) return;
    const controller = new AbortController();
    client.call('macos.draft', {}, { signal: controller.signal }).then(
      (draft) => setFound({ draft }),
      // Without it the sheet begins at its first step.
      () => setFound({ draft: null }),
    );
    return () => controller.abort();
  }, [client, wanted]);
  return { known: !wanted || found !== undefined, draft: found?.draft ?? null };
}

/** Keeps a draft on the other side as it changes; `undefined` leaves what is there. */
export function useKeptDraft(draft: MacDraft | undefined): void {
  const { client } = useApp();
  const text = draft === undefined ? undefined : JSON.stringify(draft);
  useEffect(() => {
    if (text === undefined) return;
    const timer = setTimeout(() => {
      // It is a convenience; what can't be kept must not get in the way.
      client.call('macos.keepDraft', { draft: JSON.parse(text) as MacDraft }).catch(() => undefined);
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [client, text]);
}

import { useEffect, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { MacReport, MacSource } from '../../../electron/contract/macos.ts';
import { useApp } from '../../state/app.tsx';

/** What is known of a macOS source. */
export type MacFinding =
  | { readonly state: 'looking' }
  | { readonly state: 'known'; readonly report: MacReport }
  | { readonly state: 'failed'; readonly error: ErrorInfo };

/** An address is looked at when it has not been typed at for so long, in milliseconds. */
const typingPauseMs = 400;

/** Inspects a source whenever it changes, and again when asked; nothing while there is none. */
export function useMacReport(source: MacSource | undefined): {
  finding: MacFinding | undefined;
  lookAgain: () => void;
} {
  const { client } = useApp();
  const key = source === undefined ? undefined : JSON.stringify(source);
  const [round, setRound] = useState(0);
  const [found, setFound] = useState<{ for: string; finding: MacFinding }>();
  const asked = key === undefined ? undefined : `${round} ${key}`;
  useEffect(() => {
    if (key === undefined || asked === undefined) return;
    const controller = new AbortController();
    // The key is the source as text, so that an equal one is not looked at again.
    const source = JSON.parse(key) as MacSource;
    const look = async (): Promise<void> => {
      try {
        const report = await client.call('macos.inspect', { source }, { signal: controller.signal });
        if (!controller.signal.aborted) setFound({ for: asked, finding: { state: 'known', report } });
      } catch (thrown) {
        const error = AppError.from(thrown).toInfo();
        if (!controller.signal.aborted) setFound({ for: asked, finding: { state: 'failed', error } });
      }
    };
    const timer = setTimeout(() => void look(), source.from === 'url' ? typingPauseMs : 0);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [client, key, asked]);
  const finding = found?.for === asked ? found?.finding : undefined;
  return {
    finding: asked === undefined ? undefined : (finding ?? { state: 'looking' }),
    lookAgain: () => setRound((now) => now + 1),
  };
}

/** Why the source can’t be used; undefined if it can. */
export function macProblem(finding: MacFinding | undefined): string | undefined {
  if (finding === undefined) return 'Choose a macOS first.';
  if (finding.state === 'looking') return 'One moment: it is being looked at.';
  if (finding.state === 'failed') return finding.error.message;
  return finding.report.checks.find(({ state }) => state === 'failed')?.text;
}

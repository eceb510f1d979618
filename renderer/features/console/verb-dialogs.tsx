import type { ReactElement } from 'react';
import { IconButton } from '../../components/button.tsx';
import { Problem } from '../../components/problem.tsx';
import { Confirm } from '../../components/sheet.tsx';
import { verbQuestion } from '../../../electron/contract/words/verb-questions.ts';
import type { Verbs } from './use-verbs.ts';

/** Why the last verb failed, else what one should know while the machine runs. */
export function VerbBanner({ verbs, warning }: { verbs: Verbs; warning: string | undefined }): ReactElement | null {
  if (verbs.error !== undefined)
    return (
      <div className="banner" data-look="failed" role="alert">
        <Problem error={verbs.error} />
        <span className="grow" />
        <IconButton icon="close" label="Dismiss" size="small" onClick={verbs.dismissError} />
      </div>
    );
  if (warning === undefined) return null;
  return (
    <p className="banner" data-look="warning">
      {warning}
    </p>
  );
}

/** Asks before a verb that loses something. */
export function VerbQuestion({ verbs, name }: { verbs: Verbs; name: string }): ReactElement | null {
  if (verbs.question === undefined) return null;
  return (
    <Confirm
      {...verbQuestion(verbs.question, `“${name}”`)}
      onConfirm={() => verbs.answer(true)}
      onCancel={() => verbs.answer(false)}
    />
  );
}

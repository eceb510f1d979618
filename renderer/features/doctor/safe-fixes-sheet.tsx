import { type ReactElement, useState } from 'react';
import type { CheckResult, Fix } from '../../../electron/contract/doctor.ts';
import { attempt } from '../../commands/attempt.ts';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';
import { examine } from '../../state/diagnosis.ts';

/** Names every cure that loses nothing before any is carried out, then carries them out one after the other. */
export function SafeFixesSheet({
  fixes,
  onClose,
}: {
  fixes: readonly { check: CheckResult; fix: Fix }[];
  onClose: () => void;
}): ReactElement {
  const app = useApp();
  const [isBusy, setBusy] = useState(false);
  const applyAll = async (): Promise<void> => {
    setBusy(true);
    for (const { check, fix } of fixes)
      await attempt(app, `“${fix.title}” did not work`, () =>
        app.client.call('doctor.fix', { checkId: check.id, fixId: fix.id }),
      );
    await examine(app.client);
    onClose();
  };
  return (
    <Sheet
      title={
        fixes.length === 1
          ? 'One thing can be put right without any loss'
          : `${fixes.length} things can be put right without any loss`
      }
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="filled" disabled={isBusy} onClick={() => void applyAll()}>
            Fix
          </Button>
        </>
      }
    >
      <ul className="doctor-steps">
        {fixes.map(({ check, fix }) => (
          <li key={`${check.id} ${fix.id}`}>
            <b>{fix.title}</b>
            <span className="secondary">
              {check.title}. {fix.says ?? check.summary}
            </span>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

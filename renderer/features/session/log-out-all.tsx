import type { ReactElement } from 'react';
import { attempt } from '../../commands/attempt.ts';
import { Confirm } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';

/** Asks before every browser has to log in again. */
export function LogOutAll({ onClose }: { onClose: () => void }): ReactElement {
  const app = useApp();
  return (
    <Confirm
      title="Log out all browsers?"
      text="Each of them, this one too, needs a new link or the password to come back. Your machines keep running."
      verb="Log Out All"
      onCancel={onClose}
      onConfirm={() => {
        onClose();
        void attempt(app, 'The browsers were not logged out', async () => app.shell.sessions?.logOut('all'));
      }}
    />
  );
}

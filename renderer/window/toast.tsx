import { type ReactElement, useEffect } from 'react';
import { Button, IconButton } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { copyText } from '../commands/attempt.ts';
import { useApp, useView } from '../state/app.tsx';

/** How long a message without raw output stays, in milliseconds: long enough to be read twice. */
const stayMs = 12_000;

/** Something that was asked for and failed, where no better place shows it. */
export function Toast(): ReactElement | null {
  const app = useApp();
  const toast = useView((state) => state.toast);
  useEffect(() => {
    if (toast === undefined || toast.details !== undefined) return;
    const timer = setTimeout(() => app.view.setState({ toast: undefined }), stayMs);
    return () => clearTimeout(timer);
  }, [app, toast]);
  if (toast === undefined) return null;
  const { title, message, details } = toast;
  return (
    <div className="toast" role="alert">
      <Icon name="warning" />
      <span className="grow">
        <b>{title}.</b> {message}
      </span>
      {details === undefined ? null : (
        <Button size="small" onClick={() => void copyText(app, `${title}\n${message}\n\n${details}`)}>
          Copy Details
        </Button>
      )}
      <IconButton icon="close" size="small" label="Dismiss" onClick={() => app.view.setState({ toast: undefined })} />
    </div>
  );
}

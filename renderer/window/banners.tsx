import { type ReactElement, useState } from 'react';
import { Button, IconButton } from '../components/button.tsx';
import { Note } from '../components/note.tsx';
import { useApp, useLibrary } from '../state/app.tsx';
import { listAgain } from '../state/library-store.ts';

/** What concerns the whole library: the other side does not answer, or the home is gone. */
export function Banners(): ReactElement | null {
  const connection = useLibrary((state) => state.connection);
  const error = useLibrary((state) => state.error);
  if (connection === 'lost') return <Lost />;
  return error === undefined ? null : <Wrong />;
}

function Lost(): ReactElement {
  const { client } = useApp();
  return (
    <div className="banner">
      <Note
        look="failed"
        action={
          client.reconnect === undefined ? undefined : (
            <Button size="small" onClick={() => client.reconnect?.()}>
              Try Again
            </Button>
          )
        }
      >
        <b>Tatin does not answer.</b> It may have been closed; your machines keep running.
        {client.reconnect === undefined ? null : ' This page comes back by itself.'}
      </Note>
    </div>
  );
}

/** Goes by itself when it is solved; a reader who knows already can dismiss it. */
function Wrong(): ReactElement {
  const { client, library } = useApp();
  const error = useLibrary((state) => state.error);
  const [isAsking, setAsking] = useState(false);
  const tryAgain = async (): Promise<void> => {
    setAsking(true);
    await listAgain(client, library);
    setAsking(false);
  };
  return (
    <div className="banner">
      <Note
        look="failed"
        action={
          <span className="banner-actions">
            <Button size="small" disabled={isAsking} onClick={() => void tryAgain()}>
              Try Again
            </Button>
            <IconButton
              icon="close"
              size="small"
              label="Dismiss"
              onClick={() => library.setState({ error: undefined })}
            />
          </span>
        }
      >
        <b>{error?.message}</b> {error?.hint}
      </Note>
    </div>
  );
}

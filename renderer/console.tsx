import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { vmIdSchema } from '../electron/contract/machine.ts';
import { connectClient } from './client/client.ts';
import { ConsolePage } from './features/console/console-page.tsx';
import { SessionGate } from './features/session/session-gate.tsx';
import { followAppearance } from './features/settings/appearance.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/forced-colours.css';

/** The page `console.html?vm=<id>`: one machine's window. */
const root = document.getElementById('root');
const id = vmIdSchema.safeParse(new URLSearchParams(window.location.search).get('vm'));

const client = connectClient();
followAppearance(client);

if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <SessionGate client={client}>
        {id.success ? (
          <ConsolePage client={client} id={id.data} name="" />
        ) : (
          <p>This address names no machine. Open a console from the library.</p>
        )}
      </SessionGate>
    </StrictMode>,
  );

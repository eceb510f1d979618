import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connectClient } from './client/client.ts';
import { LibraryWindow } from './window/library-window.tsx';
import { SessionGate } from './features/session/session-gate.tsx';
import { followAppearance } from './features/settings/appearance.ts';
import { shell } from './client/shell.ts';
import { type App, AppProvider } from './state/app.tsx';
import { followLibrary } from './state/library-store.ts';
import { openView } from './state/view-store.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/forced-colours.css';

const client = connectClient();
followAppearance(client);
const app: App = { client, shell: shell(), library: followLibrary(client), view: openView(localStorage) };

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <SessionGate client={client}>
      <AppProvider app={app}>
        <LibraryWindow />
      </AppProvider>
    </SessionGate>
  </StrictMode>,
);

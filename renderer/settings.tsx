import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connectClient } from './client/client.ts';
import { SessionGate } from './features/session/session-gate.tsx';
import { followAppearance } from './features/settings/appearance.ts';
import { SettingsWindow } from './window/settings-window.tsx';
import { shell } from './client/shell.ts';
import { type App, AppProvider } from './state/app.tsx';
import { followLibrary } from './state/library-store.ts';
import { openView } from './state/view-store.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/forced-colours.css';

/** The page `settings.html`: the window of settings, where the app has one. */
const client = connectClient();
followAppearance(client);
// How the library looks is the library's to remember.
const app: App = { client, shell: shell(), library: followLibrary(client), view: openView(sessionStorage) };

const root = document.getElementById('root');
if (root === null) throw new Error('settings.html has no #root');
createRoot(root).render(
  <StrictMode>
    <SessionGate client={client}>
      <AppProvider app={app}>
        <SettingsWindow />
      </AppProvider>
    </SessionGate>
  </StrictMode>,
);

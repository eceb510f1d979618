import type { Client } from '../../../electron/contract/contract.ts';
import type { SettingsReport } from '../../../electron/contract/settings.ts';

/** Draws a page as light or dark as the settings say, from now on; `system` leaves it to the system. */
export function followAppearance(client: Client): void {
  const draw = ({ settings: { appearance } }: SettingsReport): void => {
    if (appearance === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = appearance;
  };
  client.on('settings.changed', ({ report }) => draw(report));
  client.onConnection((connection) => {
    // A page without settings still shows its machines, as the system is.
    if (connection === 'connected') client.call('settings.get', {}).then(draw, () => undefined);
  });
}

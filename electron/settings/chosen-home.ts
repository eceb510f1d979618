import { homePath } from '../host/folders.ts';
import { readSettings } from './settings-file.ts';

/** Whether the environment names the home, which no setting can change then. */
export function isHomeFromEnvironment(): boolean {
  return (process.env.TART_HOME ?? '') !== '';
}

/** Where the VMs live: what `TART_HOME` names, else what the settings name, else `~/.tart`. */
export function chosenHome(): string {
  return isHomeFromEnvironment() ? homePath() : (readSettings()['home.path'] ?? homePath());
}

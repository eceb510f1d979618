import { homePath, isHomeFromEnvironment } from '../host/folders.ts';
import { readSettings } from './settings-file.ts';

/** Where the VMs live: what `TART_HOME` names, else what the settings name, else `~/.tart`. */
export function chosenHome(): string {
  return isHomeFromEnvironment() ? homePath() : (readSettings()['home.path'] ?? homePath());
}

import type * as ElectronModule from 'electron';
import type { Backend } from '../contract/contract.ts';
import type { VmId } from '../contract/machine.ts';
import type { ScreenSource } from '../operations/machines/screen-source.ts';
import type { ToolPlaces } from './command-line-tool.ts';
import type { AppServiceParts } from './app-services.ts';

/** All of Electron that the desktop uses once the app is ready. */
export type ElectronParts = Pick<
  typeof ElectronModule,
  | 'app'
  | 'BrowserWindow'
  | 'clipboard'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'nativeImage'
  | 'nativeTheme'
  | 'powerSaveBlocker'
  | 'screen'
  | 'shell'
  | 'Tray'
>;

/** What the desktop is made over. */
export interface DesktopOptions {
  backend: Backend;
  platform: NodeJS.Platform;
  /** Where a machine's pictures come from now. */
  screenOf(id: VmId): ScreenSource;
  /** Where the command line tool is, and where it is linked to. */
  tool: ToolPlaces;
  /** Where new versions come from. */
  updates: AppServiceParts['updates'];
  /** Absolute paths: the folder of icons, the preload script, and the file that remembers windows. */
  assets: string;
  preload: string;
  windowFile: string;
  /** Shows what only a developer needs. */
  developer: boolean;
  /** Lets go of the services; guests go on. */
  letGo(): Promise<void>;
}

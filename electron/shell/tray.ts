import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { isOpen } from '../contract/job.ts';
import { countWords, runningCount } from './machine-words.ts';
import type { Status } from './status.ts';
import { trayTemplate, type TrayContext } from './tray-template.ts';

/** What the menu-bar item needs of the system and the app around it. */
export interface TrayDuties extends Pick<TrayContext, 'run' | 'newMachine' | 'openLibrary' | 'openJobs' | 'quit'> {
  platform: NodeJS.Platform;
  /** Folder of the icons. */
  assets: string;
  status: Status;
  /** Files were dropped on it, which only a Mac's menu bar takes. */
  openFiles(paths: readonly string[]): void;
  create(image: string): Electron.Tray;
  image(path: string): Electron.NativeImage;
  menu(template: MenuItemConstructorOptions[]): Electron.Menu;
}

/** Elsewhere than on a Mac the menu is built ahead; jobs change up to ten times a second, and nobody reads that fast. */
const rebuildMs = 1000;

/**
 * The item in the menu bar, or the notification area: number of running machines, a dot while a job is at work, and the
 * menu of {@link trayTemplate}. Dispose of it to take it away.
 */
export class TrayItem implements Disposable {
  readonly #duties: TrayDuties;
  readonly #tray: Electron.Tray;
  readonly #stop: () => void;
  #timer: NodeJS.Timeout | undefined;
  #shown = '';
  #builtFrom = '';

  constructor(duties: TrayDuties) {
    this.#duties = duties;
    this.#tray = duties.create(this.#picture(false));
    this.#stop = duties.status.onChange(() => this.#update());
    if (this.#isMac) {
      // Built at the click, the menu has the seconds right.
      const open = (): void => this.#tray.popUpContextMenu(duties.menu(this.#template(new Date())));
      this.#tray.on('click', open);
      this.#tray.on('right-click', open);
      this.#tray.on('drop-files', (_event, paths) => duties.openFiles(paths));
    }
    this.#update();
  }

  [Symbol.dispose](): void {
    this.#stop();
    clearTimeout(this.#timer);
    this.#tray.destroy();
  }

  get #isMac(): boolean {
    return this.#duties.platform === 'darwin';
  }

  #update(): void {
    const { vms, jobs } = this.#duties.status;
    const working = jobs.some(isOpen);
    const count = runningCount(vms);
    const look = `${count} ${working} ${countWords(vms)}`;
    if (look !== this.#shown) {
      this.#shown = look;
      this.#tray.setImage(this.#duties.image(this.#picture(working)));
      this.#tray.setToolTip(`Tatin: ${countWords(vms)}`);
      if (this.#isMac) this.#tray.setTitle(count === 0 ? '' : String(count), { fontType: 'monospacedDigit' });
    }
    if (!this.#isMac) this.#timer ??= setTimeout(() => this.#rebuild(), this.#builtFrom === '' ? 0 : rebuildMs);
  }

  /** A menu that is replaced closes under the pointer, so it is only when it says something else. */
  #rebuild(): void {
    this.#timer = undefined;
    const template = this.#template(undefined);
    const text = JSON.stringify(template);
    if (text === this.#builtFrom) return;
    this.#builtFrom = text;
    this.#tray.setContextMenu(this.#duties.menu(template));
  }

  #template(now: Date | undefined): MenuItemConstructorOptions[] {
    const { status, assets, run, newMachine, openLibrary, openJobs, quit } = this.#duties;
    const actions = { run, newMachine, openLibrary, openJobs, quit };
    return trayTemplate({
      ...actions,
      vms: status.vms,
      jobs: status.jobs,
      // Template pictures follow the menu's own colours, which only a Mac's do.
      ...(this.#isMac ? { glyph: (glyph) => join(assets, `tray/${glyph}Template.png`) } : {}),
      ...(now === undefined ? {} : { now }),
    });
  }

  /** Elsewhere than on a Mac the bar's colour is unknown, and only the coloured icon stands out on any. */
  #picture(working: boolean): string {
    const { assets } = this.#duties;
    if (!this.#isMac) return join(assets, 'icons/32x32.png');
    return join(assets, working ? 'tray/trayJobTemplate.png' : 'tray/trayTemplate.png');
  }
}

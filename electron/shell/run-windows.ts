import type * as ElectronModule from 'electron';
import { AppError } from '../contract/errors.ts';
import type { RunWindow, ShownRun } from '../terminal/run-window.ts';
import * as dialogs from './dialogs.ts';
import type { Question } from './quit.ts';

type RunWindowParts = Pick<typeof ElectronModule, 'app' | 'dialog' | 'Menu' | 'shell'>;

/** What to do with a machine whose window is to close, or whose app is to end. */
type CloseChoice = 'suspend' | 'shutDown' | 'forceStop' | 'cancel';

/**
 * The window of a machine that a terminal runs: the framework's own, since no page stands behind it. Closing it, or quitting,
 * asks: a window is not a machine, but here nothing else of it is left to be seen.
 */
export class RunWindows implements RunWindow, Disposable {
  readonly #parts: RunWindowParts;
  readonly #open = new DisposableStack();
  #run: ShownRun | undefined;
  #isAsking = false;

  constructor(parts: RunWindowParts) {
    this.#parts = parts;
    const beforeQuit = (event: { preventDefault(): void }): void => {
      if (this.#run === undefined) return;
      event.preventDefault();
      void this.#ask();
    };
    parts.app.on('before-quit', beforeQuit);
    this.#open.defer(() => void parts.app.off('before-quit', beforeQuit));
  }

  show(run: ShownRun): Disposable {
    const { app, Menu } = this.#parts;
    const off = run.screen.onEvent(({ kind }) => {
      if (kind === 'closeWanted') void this.#ask();
    });
    try {
      run.screen.showApart({ capturesSystemKeys: run.capturesSystemKeys });
    } catch (error) {
      off();
      throw error;
    }
    this.#run = run;
    // Without these roles even ⌘Q and ⌘H would do nothing.
    Menu.setApplicationMenu(Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'windowMenu' }]));
    // An app without a Dock icon can't be switched to.
    void app.dock?.show();
    app.focus({ steal: true });
    run.screen.focus();
    return {
      [Symbol.dispose]: () => {
        off();
        this.#run = undefined;
        run.screen.close();
      },
    };
  }

  async openAddress(address: string): Promise<void> {
    await this.#parts.shell.openExternal(address);
  }

  [Symbol.dispose](): void {
    this.#open.dispose();
  }

  async #ask(): Promise<void> {
    const run = this.#run;
    if (run === undefined || this.#isAsking) return;
    this.#isAsking = true;
    const parts = { dialog: this.#parts.dialog, app: this.#parts.app, parent: () => undefined };
    try {
      const choice = await dialogs.ask(parts, closeQuestion(run.name, run.suspend !== undefined));
      if (choice === 'suspend') await run.suspend?.();
      else if (choice !== 'cancel') await run[choice]();
    } catch (error) {
      await dialogs.tell(parts, AppError.from(error));
    } finally {
      this.#isAsking = false;
    }
  }
}

/** The safe way is the default: force stop is said, and never what Return does. */
export function closeQuestion(name: string, isSuspendable: boolean): Question<CloseChoice> {
  const keeps = isSuspendable ? 'Suspend keeps what is open in the guest. ' : '';
  return {
    message: `“${name}” is running`,
    detail: `${keeps}Shut Down asks the guest to end, Force Stop cuts its power: what it has not written to its disk is lost.`,
    answers: [
      ...(isSuspendable ? [{ label: 'Suspend', choice: 'suspend' } as const] : []),
      { label: 'Shut Down', choice: 'shutDown' },
      { label: 'Force Stop', choice: 'forceStop' },
      { label: 'Cancel', choice: 'cancel' },
    ],
    safe: isSuspendable ? 'suspend' : 'shutDown',
  };
}

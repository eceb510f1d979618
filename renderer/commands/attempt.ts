import { AppError } from '../../electron/contract/errors.ts';
import type { App } from '../state/app.tsx';

/** Runs something that may fail; a failure becomes a toast with that title. */
export async function attempt(app: App, title: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (thrown) {
    const error = AppError.from(thrown);
    const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
    if (error.code !== 'cancelled') app.view.setState({ toast: { title, message, details: error.details } });
    return false;
  }
}

/** Puts a text on the clipboard. */
export async function copyText(app: App, text: string): Promise<void> {
  await attempt(app, 'Nothing was copied', () => navigator.clipboard.writeText(text));
}

import type { App, Dialog, MessageBoxOptions } from 'electron';
import type { AppError } from '../contract/errors.ts';
import { printableLine } from '../contract/printable.ts';
import type { Question } from './quit.ts';

/** The parts of Electron that dialogs use. */
export interface DialogParts {
  dialog: Pick<Dialog, 'showMessageBox'>;
  app: Pick<App, 'focus'>;
  /** The window that a sheet hangs from; none makes a dialog of its own. */
  parent(): Electron.BrowserWindow | undefined;
}

/** What `showMessageBox` is told for a question; pure, so that default and Escape can be tested. */
export function questionOptions<Choice extends string>(question: Question<Choice>): MessageBoxOptions {
  const safe = question.answers.findIndex(({ choice }) => choice === question.safe);
  return {
    type: 'question',
    message: printableLine(question.message),
    detail: printableLine(question.detail),
    buttons: question.answers.map(({ label }) => printableLine(label)),
    defaultId: Math.max(0, safe),
    cancelId: question.answers.length - 1,
    noLink: true,
  };
}

/** Asks in a sheet, or in a dialog where no window is open. `signal` takes the question back, which means the last answer. */
export async function ask<Choice extends string>(
  parts: DialogParts,
  question: Question<Choice>,
  signal?: AbortSignal,
): Promise<Choice> {
  const options = { ...questionOptions(question), ...(signal === undefined ? {} : { signal }) };
  const { response } = await show(parts, options);
  const answer = question.answers[response] ?? question.answers.at(-1);
  if (answer === undefined) throw new Error('A question needs an answer to choose.');
  return answer.choice;
}

/** Says what went wrong, why, and what to do next. */
export async function tell(parts: DialogParts, error: AppError): Promise<void> {
  await show(parts, {
    type: 'warning',
    message: error.message,
    ...(error.hint === undefined ? {} : { detail: error.hint }),
    buttons: ['OK'],
    noLink: true,
  });
}

function show(parts: DialogParts, options: MessageBoxOptions) {
  // The request may have come from the menu bar while another app was in front.
  parts.app.focus({ steal: true });
  const parent = parts.parent();
  return parent === undefined ? parts.dialog.showMessageBox(options) : parts.dialog.showMessageBox(parent, options);
}

import { type FSWatcher, mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import {
  checkSetting,
  isSettingKey,
  type SettingKey,
  settingKeys,
  type SettingProblem,
  type Settings,
  type SettingsReport,
} from '../contract/settings.ts';
import { stateFolder } from '../host/folders.ts';
import { hasCode } from '../files/error-codes.ts';
import { openWatch } from '../files/open-watch.ts';
import { withFolderLock } from '../files/locks.ts';
import { isObject, type SettingsDocument, settingsOf, withoutSetting, withSetting } from './settings-document.ts';
import { readBoundedSync, RefusedFile } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { replaceFile } from '../files/replace-file.ts';
import { keepAside } from '../library/keep-aside.ts';
import { printableLine } from '../contract/printable.ts';

const fileName = 'settings.json';

/** How long a writer waits for others, in milliseconds; a write takes a few. */
const maxWaitMs = 10_000;
/** Changes come in bursts; one look after the burst is enough. */
const gatherMs = 50;

/** Where settings are kept: one file of the user, which may be edited by hand. */
export function settingsFile(): string {
  return path.join(stateFolder(), fileName);
}

/** The settings in force now. The file is the only truth, so it is read each time; it is small. Never throws. */
export function readSettings(): Settings {
  return readReport().settings;
}

/** The settings in force now, and what is wrong in the file. Never throws. */
export function readReport(): SettingsReport {
  const file = settingsFile();
  const { document, problem } = readDocument(file);
  const { settings, problems } = settingsOf(document);
  return { settings, problems: problem === undefined ? problems : [problem, ...problems], file };
}

/**
 * Changes settings: all of them, or none.
 * @throws AppError `invalid-input` with every key path and reason, `file-not-allowed`, `no-space`
 */
export async function changeSettings(changes: Readonly<Record<string, unknown>>): Promise<SettingsReport> {
  const checked = Object.entries(changes).map(([key, value]) => [requireKey(key), value] as const);
  const results = checked.map(([key, value]) => ({ key, result: checkSetting(key, value) }));
  const problems = results.flatMap(({ result }) => ('problems' in result ? result.problems : []));
  if (problems.length > 0) throw notAllowed(problems);
  return await edit((document) =>
    results.reduce(
      (edited, { key, result }) => ('value' in result ? withSetting(edited, key, result.value) : edited),
      document,
    ),
  );
}

/** Back to the defaults. @param keys all settings if absent. @throws AppError as {@link changeSettings} */
export async function resetSettings(keys: readonly string[] = settingKeys): Promise<SettingsReport> {
  const known = keys.map(requireKey);
  return await edit((document) => known.reduce(withoutSetting, document));
}

/** Calls `listener` when the file says something else, no matter who wrote it, until the returned function is called. */
export function watchSettings(listener: (report: SettingsReport) => void): () => void {
  let told = JSON.stringify(readReport());
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    timer = undefined;
    const report = readReport();
    const text = JSON.stringify(report);
    if (text === told) return;
    told = text;
    listener(report);
  };
  const watcher = watchStateFolder((name) => {
    if (name === undefined || name === fileName) timer ??= setTimeout(look, gatherMs);
  });
  return () => {
    clearTimeout(timer);
    watcher?.close();
  };
}

/** On the folder, as the file is replaced by each change. Without a watch, other programs' changes are seen at the next start. */
function watchStateFolder(onChange: (name: string | undefined) => void): FSWatcher | undefined {
  try {
    mkdirSync(stateFolder(), { recursive: true });
  } catch {
    return undefined;
  }
  return openWatch(stateFolder(), onChange);
}

/** @throws AppError `invalid-input` for what is no setting, naming those that are close */
export function requireKey(key: string): SettingKey {
  if (isSettingKey(key)) return key;
  const word = key.toLowerCase().split('.').at(-1) ?? '';
  const close = settingKeys.filter((known) => known.toLowerCase().includes(word));
  throw new AppError('invalid-input', `${key}: there is no such setting.`, {
    hint: `There are: ${(close.length > 0 ? close : settingKeys).join(', ')}.`,
  });
}

function notAllowed(problems: readonly SettingProblem[]): AppError {
  const lines = problems.map(({ key, message }) => `${key}: ${message}`);
  return new AppError('invalid-input', lines.join('\n'), { hint: 'Nothing was changed.' });
}

function readDocument(file: string): { document: SettingsDocument; problem?: SettingProblem } {
  try {
    const read: unknown = parseBoundedJson(readBoundedSync(file).toString());
    if (isObject(read)) return { document: read };
    return { document: {}, problem: { key: fileName, message: 'the file must hold one JSON object' } };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { document: {} };
    return {
      document: {},
      // It quotes the file.
      problem: { key: fileName, message: printableLine(reasonOf(error)) },
    };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof RefusedFile) return `the file ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

async function edit(change: (document: SettingsDocument) => SettingsDocument): Promise<SettingsReport> {
  const file = settingsFile();
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const work = async (): Promise<void> => {
      const { document, problem } = readDocument(file);
      // What could not be read is kept beside it: a person wrote it.
      if (problem !== undefined) await keepAside(file, `${file}.broken`);
      await replaceFile(file, `${JSON.stringify(change(document), undefined, 2)}\n`, { mode: 0o600, flush: true });
    };
    await withFolderLock(path.dirname(file), work, AbortSignal.timeout(maxWaitMs));
  } catch (error) {
    throw inWords(file, error);
  }
  return readReport();
}

function inWords(file: string, error: unknown): AppError {
  const options = { details: error instanceof Error ? error.message : String(error), cause: error };
  if (hasCode(error, 'ENOSPC', 'EDQUOT'))
    return new AppError('no-space', 'The settings can’t be saved: the disk is full.', { ...options, retry: true });
  if (hasCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR'))
    return new AppError('file-not-allowed', `The settings can’t be saved: you may not write ${file}.`, options);
  return AppError.from(error);
}

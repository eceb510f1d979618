import { parseSidecar, printAnnotations } from '../../../../electron/library/annotations.ts';
import { parseConfig, printConfig } from '../../../../electron/library/config.ts';
import { ConfigError } from '../../../../electron/files/config-error.ts';
import { settingsOf } from '../../../../electron/settings/settings-document.ts';
import { type FuzzTarget, type Outcome, outcomeOf, WrongAnswer } from '../target.ts';

const jsonWords = ['[', '{', '"', '\\u0000', '__proto__', 'null', '1e999', '{"a":', '-0'];

/** What was read must be written so that it reads the same again: an edit keeps what it does not touch. */
function readAndWrite(bytes: Buffer): void {
  const text = printConfig(parseConfig(bytes.toString('utf8')));
  if (printConfig(parseConfig(text)) !== text)
    throw new WrongAnswer('A config.json reads otherwise when it is written.');
}

function sidecar(bytes: Buffer): Outcome {
  const { whole, annotations, unknown } = parseSidecar(bytes.toString('utf8'));
  printAnnotations(annotations, unknown);
  return whole ? 'accepted' : 'refused';
}

function settings(bytes: Buffer): Outcome {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    return 'refused';
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return 'refused';
  return settingsOf({ ...document }).problems.length === 0 ? 'accepted' : 'refused';
}

/** Files of a home and of the state folder, which anybody may have written. */
export const libraryFiles: readonly FuzzTarget[] = [
  {
    name: 'config',
    words: jsonWords,
    run: (bytes) =>
      outcomeOf(
        (error) => error instanceof ConfigError,
        () => readAndWrite(bytes),
      ),
  },
  { name: 'sidecar', words: jsonWords, run: sidecar },
  { name: 'settings', words: jsonWords, run: settings },
];

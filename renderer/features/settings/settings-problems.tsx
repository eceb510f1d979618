import type { ReactElement } from 'react';
import { Note } from '../../components/note.tsx';
import { Problem } from '../../components/problem.tsx';
import type { SettingsInUse } from './use-settings.ts';

/** What is wrong in the file of settings, or that it can’t be read. */
export function SettingsProblems({ inUse: { report, error } }: { inUse: SettingsInUse }): ReactElement {
  return (
    <>
      {error === undefined ? null : <Problem title="The settings could not be read" error={error} />}
      {report?.problems.map(({ key, message }) => (
        <Note key={key} look="warning">
          <b>{key}</b>: {message}. The default is in force instead; see {report.file}.
        </Note>
      ))}
    </>
  );
}

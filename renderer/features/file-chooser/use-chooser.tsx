import { type ReactElement, useState } from 'react';
import { useApp } from '../../state/app.tsx';
import { FileChooser, type ChooserOptions } from './file-chooser.tsx';

/** Asks for a file or folder: by the system's dialog where there is one, else by a sheet, which must be rendered. */
export function useChooser(): {
  choose: (options: ChooserOptions, onChoose: (path: string) => void) => void;
  sheet: ReactElement | null;
} {
  const { shell } = useApp();
  const [asked, setAsked] = useState<{ options: ChooserOptions; onChoose: (path: string) => void }>();
  const choose = (options: ChooserOptions, onChoose: (path: string) => void): void => {
    if (shell.chooseFile === undefined) setAsked({ options, onChoose });
    else void shell.chooseFile(options).then((path) => path !== undefined && onChoose(path));
  };
  const close = (): void => setAsked(undefined);
  const sheet =
    asked === undefined ? null : (
      <FileChooser
        options={asked.options}
        onClose={close}
        onChoose={(path) => {
          asked.onChoose(path);
          close();
        }}
      />
    );
  return { choose, sheet };
}

import type { ReactElement } from 'react';

/** What is wrong with a setting, or why it was not changed; nothing while there is no text. */
export function SettingError({ text }: { text: string | undefined }): ReactElement | null {
  if (text === undefined) return null;
  return (
    <p className="setting-error" role="alert">
      {text}
    </p>
  );
}

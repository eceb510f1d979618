import type { Settings } from '../contract/settings.ts';
import { readSettings, watchSettings } from '../settings/settings-file.ts';

/** Makes something while a setting is on, and disposes of it while it is off, until this itself is disposed of. */
export function shownWhileSet(isOn: (settings: Settings) => boolean, make: () => Disposable): Disposable {
  let shown: Disposable | undefined;
  const draw = (settings: Settings): void => {
    if (isOn(settings)) shown ??= make();
    else {
      shown?.[Symbol.dispose]();
      shown = undefined;
    }
  };
  const stop = watchSettings(({ settings }) => draw(settings));
  draw(readSettings());
  return {
    [Symbol.dispose]() {
      stop();
      shown?.[Symbol.dispose]();
      shown = undefined;
    },
  };
}

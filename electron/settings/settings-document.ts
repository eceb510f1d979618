import {
  checkSetting,
  defaultSettings,
  isSettingKey,
  type SettingKey,
  settingKeys,
  type SettingProblem,
  type Settings,
  settingsSchema,
} from '../contract/settings.ts';

/** The file as it was read: an object of objects, with whatever keys other versions wrote. */
export type SettingsDocument = Record<string, unknown>;

/** What a file says. A value that can't be used is its default, and a problem. Never throws. */
export function settingsOf(document: SettingsDocument): { settings: Settings; problems: SettingProblem[] } {
  const problems: SettingProblem[] = [];
  const read = settingKeys.flatMap((key): [SettingKey, unknown][] => {
    const raw = valueAt(document, key);
    if (raw === undefined) return [];
    const checked = checkSetting(key, raw);
    if ('value' in checked) return [[key, checked.value]];
    problems.push(...checked.problems);
    return [];
  });
  return { settings: settingsSchema.parse(Object.fromEntries(read)), problems };
}

/** The document with a value in it. A default is written too: who sets it means it, also when the default is another one day. */
export function withSetting(document: SettingsDocument, key: string, value: unknown): SettingsDocument {
  const [first = '', ...rest] = key.split('.');
  if (rest.length === 0) return { ...document, [first]: value };
  return { ...document, [first]: withSetting(objectAt(document, first), rest.join('.'), value) };
}

/** The document without a value; what stood beside it stays. */
export function withoutSetting(document: SettingsDocument, key: string): SettingsDocument {
  const [first = '', ...rest] = key.split('.');
  if (!Object.hasOwn(document, first)) return document;
  const { [first]: within, ...others } = document;
  if (rest.length === 0 || !isObject(within)) return others;
  const left = withoutSetting(within, rest.join('.'));
  return Object.keys(left).length === 0 ? others : { ...others, [first]: left };
}

/**
 * The value of a setting from what was typed: JSON where it is that, else the text itself; a list also with commas.
 * Whether the setting takes it is another question.
 */
export function settingFromText(key: string, text: string): unknown {
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    // Most values are plain words.
  }
  if (isSettingKey(key) && Array.isArray(defaultSettings[key]) && !Array.isArray(value))
    return text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  // A path or host that happens to look like a number stays what was typed.
  return isSettingKey(key) && 'problems' in checkSetting(key, value) ? orText(key, value, text) : value;
}

function orText(key: SettingKey, value: unknown, text: string): unknown {
  return 'value' in checkSetting(key, text) ? text : value;
}

export function isObject(value: unknown): value is SettingsDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectAt(document: SettingsDocument, name: string): SettingsDocument {
  const within = Object.hasOwn(document, name) ? document[name] : undefined;
  return isObject(within) ? within : {};
}

function valueAt(document: SettingsDocument, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((at, name) => (isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined), document);
}

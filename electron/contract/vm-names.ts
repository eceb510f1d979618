/** Both Linux and APFS stop at 255 bytes or characters; bytes are the smaller of the two. */
const maxBytes = 255;
/** What a POSIX shell, its globs or its history would act on where the name stands unquoted. */
const shellActive = /["'`$\\!*?[\]{}()<>|&;~#]/;
/** Invisible or text-turning characters that make one name look like another. */
const deceiving = /[\p{Zl}\p{Zp}\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/u;

/**
 * Why a new VM may not have this name, as a sentence; undefined if it may. VMs that have such names already are listed
 * and work: this is only asked about names that we are to make.
 */
export function checkName(name: string): string | undefined {
  if (name === '') return 'A name is needed.';
  if (/\p{Cc}/u.test(name)) return "A name can't have control characters such as a line break or a tab.";
  if (name.includes('/')) return "A name can't have a slash: it is the name of a folder.";
  if (name === '.' || name === '..') return `"${name}" means a folder to the system, so it can't be a name.`;
  if (!name.isWellFormed() || deceiving.test(name)) return "A name can't have invisible characters.";
  if (name.startsWith('.')) return "A name can't begin with a dot: the system would hide it.";
  if (name.startsWith('-')) return "A name can't begin with a dash: commands would take it for an option.";
  if (name.trim() !== name) return "A name can't begin or end with a space.";
  const active = shellActive.exec(name)?.[0];
  if (active !== undefined) return `A name can't have ${active}: a shell would act on it.`;
  const bytes = byteLength(name);
  if (bytes > maxBytes) return `The name is too long: ${bytes} bytes, and a folder's name can have ${maxBytes}.`;
  return undefined;
}

/** The nearest allowed name to a suggestion: bad characters become dashes, and it is cut where it would be too long. */
export function allowedName(suggestion: string, spareBytes = 0): string {
  if (checkName(suggestion) === undefined && byteLength(suggestion) <= maxBytes - spareBytes) return suggestion;
  const clean = suggestion
    .toWellFormed()
    .replace(new RegExp(`${shellActive.source}|[/\\p{Cc}\\uFFFD]|${deceiving.source}`, 'gu'), '-')
    .replace(/-{2,}/g, '-')
    .replace(/^[-.\s]+|[-\s]+$/gu, '');
  const cut = cutToBytes(clean, maxBytes - spareBytes).replace(/[-\s]+$/u, '');
  return cut === '' ? 'vm' : cut;
}

/** The longest beginning that takes no more than `limit` bytes, in whole characters. */
export function cutToBytes(text: string, limit: number): string {
  let bytes = 0;
  let cut = '';
  for (const character of text) {
    bytes += byteLength(character);
    if (bytes > limit) break;
    cut += character;
  }
  return cut;
}

/** `suggestion` made allowed, or with the first number from 2 on behind it that makes it free. */
export function freeName(suggestion: string, isTaken: (name: string) => boolean): string {
  const first = allowedName(suggestion);
  if (!isTaken(first)) return first;
  // Room for a blank and as many digits as anyone has VMs.
  const base = allowedName(suggestion, 8).replace(/[ -]\d+$/, '');
  const separator = base.includes(' ') ? ' ' : '-';
  for (let number = 2; ; number++) {
    const name = `${base}${separator}${number}`;
    if (!isTaken(name)) return name;
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** One way in which a registry lets itself be asked (RFC 9110, section 11). */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Sticky: each matches where the one before ended, so that a long header is read once. */
const patterns = {
  gap: /[\s,]*/y,
  token: /[\w!#$%&'*+.^`|~-]+/y,
  is: /[ \t]*=[ \t]*/y,
  quoted: /"((?:[^"\\]|\\.)*)"/sy,
  /** A bare value; more than a token, since servers write addresses without quotes. */
  bare: /[^\s,"]*/y,
  /** What some schemes have instead of parameters. */
  token68: /[ \t]+[\w.~+/-]+=*(?=[ \t]*(?:,|$))/y,
};

/**
 * Reads WWW-Authenticate, with any number of challenges in it. Bears blanks around commas and equals signs, missing quotes and
 * commas in quotes; what can't be read ends it, and what came before counts. Never throws.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position;
    const match = pattern.exec(header);
    if (match === null) return undefined;
    position = pattern.lastIndex;
    return match;
  };
  for (take(patterns.gap); position < header.length; take(patterns.gap)) {
    const name = take(patterns.token)?.[0].toLowerCase();
    if (name === undefined) break;
    if (take(patterns.is) === undefined) {
      challenges.push({ scheme: name, parameters: new Map() });
      take(patterns.token68);
      continue;
    }
    const quoted = take(patterns.quoted)?.[1];
    const value = quoted === undefined ? take(patterns.bare)?.[0] : quoted.replaceAll(/\\(.)/gs, '$1');
    challenges.at(-1)?.parameters.set(name, value ?? '');
  }
  return challenges;
}

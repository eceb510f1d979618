/** The head of an answer over HTTP/1.1, as far as a download needs it. */
export interface ResponseHead {
  readonly status: number;
  /** Names in lower case; the last of several with one name. */
  readonly headers: ReadonlyMap<string, string>;
}

/** More than any registry sends; what is longer is no answer. */
export const largestHeadBytes = 64 * 1024;

/** Where the head ends (after the empty line), or -1 if that has not come yet. */
export function endOfHead(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n');
  return end === -1 ? -1 : end + 4;
}

/** Reads the status line and the headers; undefined if that is not HTTP. */
export function parseHead(text: string): ResponseHead | undefined {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers };
}

/** What an address of ours asks for. Nothing else can be: an address comes from any web page, and starts or ends nothing. */
export type DeepLink =
  /** Brings Tatin to the front: `tatin://open`. */
  | { readonly verb: 'open' }
  /** Shows a machine as it is: `tatin://show/<name>`. */
  | { readonly verb: 'show'; readonly name: string }
  /** Fetches an image, if the person agrees: `tatin://pull/<reference>`. */
  | { readonly verb: 'pull'; readonly reference: string };

export const deepLinkScheme = 'tatin';

/** Of a distribution's reference: host, path, tag, digest (OCI distribution specification). It holds no blank and no sign that hides. */
const reference = /^[\w.-]+(?::\d{1,5})?(?:\/[\w.-]+)+(?::[\w.-]{1,128})?(?:@sha256:[0-9a-f]{64})?$/;

/** Longer than any address that somebody means. */
const max = 1024;

/** Reads an address; undefined for whatever is not exactly one of ours. */
export function parseDeepLink(text: string): DeepLink | undefined {
  const match = /^tatin:\/\/(open|show|pull)(?:\/(.*))?$/i.exec(text.length > max ? '' : text);
  const rest = decoded(match?.[2] ?? '');
  switch (match?.[1]?.toLowerCase()) {
    case 'open':
      return rest === '' ? { verb: 'open' } : undefined;
    case 'show':
      // A machine's name is a folder's, so a path is none.
      return rest !== undefined && /^[^/\p{C}]{1,255}$/u.test(rest) ? { verb: 'show', name: rest } : undefined;
    case 'pull':
      return rest !== undefined && reference.test(rest) ? { verb: 'pull', reference: rest } : undefined;
    default:
      return undefined;
  }
}

/** The address of a link; what {@link parseDeepLink} reads back. */
export function deepLinkText(link: DeepLink): string {
  if (link.verb === 'open') return `${deepLinkScheme}://open`;
  const rest = link.verb === 'show' ? encodeURIComponent(link.name) : link.reference;
  return `${deepLinkScheme}://${link.verb}/${rest}`;
}

/** A browser may end what has no path with a slash. Undefined for broken escapes. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

import { z } from 'zod';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { AppError } from '../../contract/errors.ts';
import type { Requests } from './requests.ts';

/** A repository without any has `null` in some registries. */
const pageSchema = z.object({ tags: z.array(z.string()).nullish() });

/** What registries give at most on a page; they may give fewer. */
const pageLength = 1000;
const largestPageBytes = 4 * 1024 ** 2;
/** A registry that gives a page of nothing and a link to the next, for ever, is not followed for ever. */
const maxPages = 1000;

/** At most `limit` tags of a repository, page by page. @throws AppError */
export async function listTags(
  requests: Requests,
  repository: string,
  limit: number,
  signal: AbortSignal,
): Promise<{ tags: string[]; more: boolean }> {
  const tags: string[] = [];
  let path: string | URL | undefined = `${repository}/tags/list?n=${Math.min(limit, pageLength)}`;
  for (let pages = 0; path !== undefined && tags.length < limit && pages < maxPages; pages++) {
    const page: Page = await getPage(requests, repository, path, signal);
    tags.push(...page.tags);
    path = page.next;
  }
  return { tags: tags.slice(0, limit), more: tags.length > limit || path !== undefined };
}

interface Page {
  readonly tags: readonly string[];
  readonly next: URL | undefined;
}

async function getPage(requests: Requests, repository: string, path: string | URL, signal: AbortSignal): Promise<Page> {
  const what = `the tags of ${repository}`;
  return await requests.run(
    { access: { kind: 'pull', repository }, method: 'GET', path, what, signal },
    async (response) => {
      if (response.status !== 200) return 'refused';
      const page = pageSchema.safeParse(parseJson(await response.bytes(largestPageBytes)));
      if (!page.success)
        throw new AppError('registry-refused', `${requests.host} did not answer with ${what}.`, {
          details: page.error.message,
        });
      const next = nextPage(response.header('link'));
      return {
        tags: page.data.tags ?? [],
        next: next === undefined ? undefined : (URL.parse(next, response.url.href) ?? undefined),
      };
    },
  );
}

/** The address in `<...>; rel="next"` (RFC 8288). */
export function nextPage(link: string | undefined): string | undefined {
  for (const [, address, parameters = ''] of (link ?? '').matchAll(/<([^<>]*)>([^<]*)/g))
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i.test(parameters)) return address;
  return undefined;
}

function parseJson(bytes: Uint8Array | undefined): unknown {
  try {
    return parseBoundedJson(Buffer.from(bytes ?? []).toString('utf8'));
  } catch {
    return undefined;
  }
}

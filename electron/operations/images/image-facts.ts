import type { ImageDescription } from '../../contract/images.ts';
import type { Library } from '../../library/library.ts';
import { parseReference } from '../../contract/reference.ts';
import { describeImage } from '../../registry/pull/describe.ts';
import { Registries } from './registry-clients.ts';

/** More than anybody scrolls through, and few enough to come soon. */
const maxTags = 1000;

/** What a registry says of an image, and what a pull of it would do here. @throws AppError `login-required` and others */
export async function describe(
  library: Library,
  { reference, insecure }: { reference: string; insecure: boolean },
  signal: AbortSignal,
): Promise<ImageDescription> {
  const name = parseReference(reference);
  await using registries = new Registries(insecure);
  return await describeImage({ reference: name, client: registries.of(name.host), home: library.home, signal });
}

/** Numbers in tags count as numbers: 9 before 10. */
const byName = new Intl.Collator('en', { numeric: true });

/** The tags of a repository by name; registries do not say which is newest. A tag behind its name is overlooked. */
export async function tagsOf(
  { repository, insecure }: { repository: string; insecure: boolean },
  signal: AbortSignal,
): Promise<{ tags: string[]; more: boolean }> {
  const { host, namespace } = parseReference(repository);
  await using registries = new Registries(insecure);
  const { tags, more } = await registries.of(host).tags(namespace, { limit: maxTags }, signal);
  return { tags: tags.toSorted((a, b) => byName.compare(a, b)), more };
}

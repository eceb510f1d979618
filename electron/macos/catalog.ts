import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';

const versionSchema = z.object({
  /** "15.0" */
  version: z.string().regex(/^\d+(\.\d+){1,2}$/),
  name: z.string().min(1),
  build: z.string().regex(/^\d+[A-Z]\d+[a-z]?$/),
  /** The oldest macOS of the host that can install it, by its first number; with Xcode's support where that is older. */
  minimumHost: z.number().int().min(13),
  url: z.url({ protocol: /^https$/ }),
  bytes: z.number().int().positive().optional(),
  /** Hex. Apple's server names it too; where both do, both must hold. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
/** A macOS that can be installed in a guest. */
export type MacVersion = z.infer<typeof versionSchema>;

const catalogSchema = z.object({ versions: z.array(versionSchema).min(1) });

/** The versions in `assets/macos-catalog.json`, newest first. */
export async function readMacCatalog(projectRoot: string): Promise<readonly MacVersion[]> {
  const text = await readFile(path.join(projectRoot, 'assets/macos-catalog.json'), 'utf8');
  return catalogSchema.parse(JSON.parse(text)).versions;
}

/**
 * The version that is asked for: "15" is its newest, "15.0" that one, a build that one.
 * @throws AppError `image-not-found`
 */
export function findMacVersion(catalog: readonly MacVersion[], wanted: string): MacVersion {
  const found =
    catalog.find(({ version, build }) => version === wanted || build === wanted) ??
    catalog.find(({ version }) => version.startsWith(`${wanted}.`));
  if (found !== undefined) return found;
  throw new AppError('image-not-found', `The catalogue has no macOS “${wanted}”.`, {
    hint: `It has ${catalog.map(({ version }) => version).join(', ')}. Others can be given as a file or an address.`,
  });
}

/** The macOS that came before, by first numbers: after 15 came 26. */
function predecessor(major: number): number {
  return major === 26 ? 15 : major - 1;
}

/**
 * The oldest macOS of a host that can install a guest's, by its first number, where the catalogue does not say: each
 * installs the next one with the support that Xcode brings, and Virtualization.framework itself began to be of use with 13.
 */
export function oldestHostFor(version: string): number {
  return Math.max(13, predecessor(Number.parseInt(version, 10)));
}

/**
 * Whether a host of this macOS can install it, and what it takes. A host that is older than the guest needs what Xcode of
 * the guest's version installs.
 */
export function hostAdvice(
  { version, minimumHost }: Pick<MacVersion, 'version' | 'minimumHost'>,
  hostMajor: number,
): { problem?: string; hint?: string } {
  const guestMajor = Number.parseInt(version, 10);
  if (hostMajor < minimumHost) return { problem: `macOS ${version} can be installed from macOS ${minimumHost} on.` };
  if (hostMajor >= guestMajor) return {};
  return {
    hint: `This Mac is older than macOS ${version}. If the installation fails, install Xcode ${guestMajor} and open it once.`,
  };
}

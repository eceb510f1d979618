import { z } from 'zod';
import type { ByteReader } from './byte-reader.ts';
import { damaged, unsupported } from './not-importable.ts';
import { parsePropertyList, PropertyListError } from './property-list.ts';
import { readZipEntry } from './zip-index.ts';

/** What a restore image (`.ipsw`) installs. */
export interface RestoreImage {
  readonly title: string;
  readonly version: string;
  readonly build: string;
  /** Whether it is for the virtual Mac (`VirtualMac2,1` on Apple chips). */
  readonly isForVirtualMac: boolean;
}

const title = 'Restore image (IPSW)';
const manifestName = 'BuildManifest.plist';
/** Real ones have some megabytes. */
const maxManifestLength = 16 * 1024 ** 2;
const manifestSchema = z.looseObject({
  ProductVersion: z.string(),
  ProductBuildVersion: z.string(),
  SupportedProductTypes: z.array(z.string()).default([]),
});

/** Reads what a ZIP archive is that begins as a restore image does. @throws NotImportable if it is none */
export async function readRestoreImage(reader: ByteReader): Promise<RestoreImage> {
  const manifest = await readZipEntry(reader, manifestName, maxManifestLength);
  if (manifest === undefined)
    throw unsupported(
      'ZIP archive',
      'It is not a restore image of macOS.',
      'Unpack it first, then import what was in it.',
    );
  try {
    const parsed = manifestSchema.safeParse(parsePropertyList(manifest));
    if (!parsed.success) throw damaged(title, `${manifestName} does not say what it installs`);
    const { ProductVersion: version, ProductBuildVersion: build, SupportedProductTypes: types } = parsed.data;
    const isForVirtualMac = types.some((type) => type.startsWith('VirtualMac'));
    const system = types.some((type) => type.includes('Mac')) ? 'macOS' : 'the system';
    return { title: `Restore image of ${system} ${version} (${build})`, version, build, isForVirtualMac };
  } catch (error) {
    if (error instanceof PropertyListError) throw damaged(title, `${manifestName} ${error.message}`);
    throw error;
  }
}

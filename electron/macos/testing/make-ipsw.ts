import { execFileSync } from 'node:child_process';

/** Python's own zipfile writes it: a manifest of what it installs, and as much that can't be compressed as is asked for. */
const script = `
import os, plistlib, sys, zipfile
path, version, build, types, padding = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4].split('+'), int(sys.argv[5])
manifest = {'ProductVersion': version, 'ProductBuildVersion': build, 'SupportedProductTypes': types}
with zipfile.ZipFile(path, 'w', zipfile.ZIP_STORED) as archive:
    archive.writestr('BuildManifest.plist', plistlib.dumps(manifest))
    archive.writestr('filling.dmg', os.urandom(padding))
`;

export interface IpswMake {
  readonly version?: string;
  readonly build?: string;
  /** Kinds of Macs that it is for. */
  readonly types?: readonly string[];
  readonly paddingBytes?: number;
}

/** Writes a file that is laid out as a restore image is. */
export function makeIpsw(
  file: string,
  { version = '15.0', build = '24A335', types = ['Mac14,2', 'VirtualMac2,1'], paddingBytes = 1000 }: IpswMake = {},
): void {
  execFileSync('python3', ['-c', script, file, version, build, types.join('+'), String(paddingBytes)]);
}

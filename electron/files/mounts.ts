/** One mounted file system: where, and what the system calls its kind ("apfs", "ext4"). */
export interface Mount {
  readonly point: string;
  readonly kind: string;
}

/** Reads `/proc/self/mounts`: device, point and kind apart by spaces, with blanks in names as octal escapes (fstab(5)). */
export function parseLinuxMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [, point, kind] = line.split(' ');
    return point === undefined || kind === undefined ? [] : [{ point: unescapeOctal(point), kind }];
  });
}

/** Reads what macOS's `mount` prints: `/dev/disk3s1 on /Volumes/My VMs (apfs, local, journaled)`. */
export function parseMacMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const found = /^.+? on (?<point>\/.*) \((?<kind>[^,)]+)[^()]*\)$/.exec(line)?.groups;
    return found?.point === undefined || found.kind === undefined ? [] : [{ point: found.point, kind: found.kind }];
  });
}

/** The mount that a real path (links followed) is on: the longest point above it, and of two at one point the later. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const isAbove = (point: string): boolean => point === '/' || path === point || path.startsWith(`${point}/`);
  let nearest: Mount | undefined;
  for (const mount of mounts)
    if (isAbove(mount.point) && mount.point.length >= (nearest?.point.length ?? 0)) nearest = mount;
  return nearest;
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_escape, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

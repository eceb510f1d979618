import { mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Home } from '../../../library/home.ts';
import { tartConfig } from '../../../library/testing/temporary-home.ts';

export interface LaidDown {
  /** `host/namespace`, as its folders are named. */
  place?: string;
  /** One hexadecimal digit that its digest is made of. */
  digit?: string;
  tags?: readonly string[];
  /** Bytes of its disk that are no hole. */
  dataBytes?: number;
  diskBytes?: number;
  daysUnused?: number;
  explicitlyPulled?: boolean;
}

/** A day's worth of seconds ago, whole, as Tart writes times. */
export function daysAgo(days: number): number {
  return Math.floor(Date.now() / 1000) - days * 86_400;
}

/** An image as Tart leaves it behind after a pull, without any code of ours. Returns its folder. */
export function layDownImage(home: Home, image: LaidDown = {}): string {
  const { place = 'ghcr.io/org/linux', digit = 'a', tags = ['latest'], dataBytes = 0, diskBytes = 1_000_000 } = image;
  const folder = path.join(home.cache, 'OCIs', place, `sha256:${digit.repeat(64)}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), tartConfig);
  writeFileSync(path.join(folder, 'nvram.bin'), 'made by a Mac');
  writeFileSync(path.join(folder, 'disk.img'), Buffer.alloc(dataBytes, 1));
  truncateSync(path.join(folder, 'disk.img'), Math.max(diskBytes, dataBytes));
  if (image.explicitlyPulled === true) writeFileSync(path.join(folder, '.explicitly-pulled'), '');
  for (const tag of tags) symlinkSync(folder, path.join(path.dirname(folder), tag));
  const usedAt = daysAgo(image.daysUnused ?? 1);
  utimesSync(folder, usedAt, usedAt);
  return folder;
}

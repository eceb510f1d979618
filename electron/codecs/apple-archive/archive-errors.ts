import path from 'node:path';
import { AppError } from '../../contract/errors.ts';

/** Numbers of bytes as people compare them with a listing. */
export function bytesText(bytes: number): string {
  return bytes.toLocaleString('en-GB');
}

/** The archive can't be what a packer made. `what` ends "It is damaged: ...". */
export function damagedArchive(source: string, what: string, cause?: unknown): AppError {
  return new AppError('image-damaged', `${quoted(source)} is damaged: ${what}.`, {
    hint: 'Get or copy it again, and compare its checksum if one was published.',
    cause,
  });
}

/** The archive ends too early. */
export function truncatedArchive(source: string, bytes: number, within: string): AppError {
  return new AppError(
    'image-damaged',
    `${quoted(source)} is cut off: it ends after ${bytesText(bytes)} bytes, in the middle of ${within}.`,
    { hint: 'A download or a copy of it ended early. Get it again.' },
  );
}

/** The archive is whole, and made in a way that is not known here. */
export function unsupportedArchive(source: string, what: string, hint: string): AppError {
  return new AppError('image-not-supported', `${quoted(source)} can't be unpacked: ${what}.`, { hint });
}

/** The archive would write where it must not, or more than it may. */
export function refusedArchive(source: string, what: string): AppError {
  return new AppError('image-not-supported', `${quoted(source)} was not unpacked: ${what}.`, {
    hint: 'No export of a virtual machine does this. Unpack it only if you know who made it.',
  });
}

function quoted(source: string): string {
  return `“${path.basename(source)}”`;
}

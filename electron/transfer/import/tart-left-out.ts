import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { LeftOut } from '../../contract/imports.ts';
import type { Annotations, ExtraDisk } from '../../contract/machine.ts';
import { noAnnotations, parseSidecar } from '../../library/annotations.ts';

/**
 * Of a machine's options, those that its maker may decide on: nothing that would give its guest a part of this host
 * (folders, disks outside of its own folder, ports for others than this computer), and no start without anybody asking.
 * An option that is not named here stays out.
 */
export function withoutRiskyAnnotations(annotations: Annotations, isInside: (disk: ExtraDisk) => boolean): Annotations {
  const { notes, tags, system, restart, image, extraDisks, portForwards } = annotations;
  return {
    ...noAnnotations(),
    notes,
    tags,
    system,
    restart,
    image,
    extraDisks: extraDisks.filter(isInside),
    portForwards: portForwards.filter(({ hostAddress }) => hostAddress.startsWith('127.')),
  };
}

/** Options that have a row of their own below, or one for each of their parts. */
const named: readonly (keyof Annotations)[] = ['sharedFolders', 'extraDisks', 'portForwards', 'autostart'];

/** What of the options in a tatin.json an import leaves out, each with the reason. */
export function tartLeftOut(sidecarText: string): LeftOut[] {
  const { annotations, whole } = parseSidecar(sidecarText);
  // A disk in the machine's own folder is kept by its name alone.
  const kept = withoutRiskyAnnotations(annotations, (disk) => !path.isAbsolute(disk.path));
  const rows: LeftOut[] = [];
  const yours = 'What its guest may have of this computer is for you to say. Set it again after the import.';
  for (const { name, path: folder } of annotations.sharedFolders)
    rows.push({ setting: `Shared folder “${name}” (${folder})`, reason: yours });
  for (const disk of annotations.extraDisks)
    if (!kept.extraDisks.includes(disk)) rows.push({ setting: `Further disk ${disk.path}`, reason: yours });
  for (const forward of annotations.portForwards)
    if (!kept.portForwards.includes(forward))
      rows.push({
        setting: `Port forward ${forward.hostAddress}:${forward.hostPort} to ${forward.guestPort}`,
        reason: 'It would open a port of this computer to other computers. Add it again if that is wanted.',
      });
  if (annotations.autostart)
    rows.push({ setting: 'Start with Tatin', reason: 'No machine from elsewhere starts without anybody asking.' });
  for (const [key, value] of Object.entries(annotations)) {
    const isKept = isDeepStrictEqual(value, Object.entries(kept).find(([other]) => other === key)?.[1]);
    if (!isKept && !named.some((name) => name === key)) rows.push({ setting: `Option “${key}”`, reason: yours });
  }
  if (!whole) rows.push({ setting: 'Options that can’t be read', reason: 'A part of its tatin.json is damaged.' });
  return rows;
}

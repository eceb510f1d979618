import { printableLine, printableText } from '../../contract/printable.ts';
import type { LeftOut } from '../../contract/imports.ts';
import type { Found } from './found.ts';
import type { ImportPlan, PlannedDisk } from './import-plan.ts';

/** Longer names, titles and labels are not read by anybody. */
const maxLineLength = 300;
/** More rows than a person reads; what a machine really loses are some dozens at most. */
const maxRows = 100;
const maxNotesLength = 20_000;
/** More than any host has; a number beyond means another unit, or nothing. */
const maxCpuCount = 1_024;
const maxMemoryBytes = 1024 ** 5;

/**
 * What was found, with words and numbers as they may be shown and kept: what its maker wrote steers no terminal, fills no
 * screen and is no number that no machine can have.
 */
export function inPlainWords(found: Found): Found {
  switch (found.is) {
    case 'machine':
      return { is: 'machine', plan: planInWords(found.plan) };
    case 'installer':
      return { ...found, disc: { ...found.disc, label: line(found.disc.label) } };
    case 'restore-image': {
      const { title, version, build } = found.image;
      return { ...found, image: { ...found.image, title: line(title), version: line(version), build: line(build) } };
    }
    case 'several':
      return found;
  }
}

function planInWords<Plan extends ImportPlan>(plan: Plan): Plan {
  const { cpuCount, memoryBytes } = plan;
  const plain: Plan = {
    ...plan,
    title: line(plan.title),
    suggestedName: line(plan.suggestedName),
    cpuCount: isWithin(cpuCount, maxCpuCount) ? cpuCount : undefined,
    memoryBytes: isWithin(memoryBytes, maxMemoryBytes) ? memoryBytes : undefined,
    disks: plan.disks.map(diskInWords),
    warnings: plan.warnings.slice(0, maxRows).map(line),
    leftOut: rowsInWords(plan.leftOut),
  };
  if (plain.make !== 'assemble' || plain.annotations?.notes === undefined) return plain;
  const notes = printableText(plain.annotations.notes).slice(0, maxNotesLength);
  return { ...plain, annotations: { ...plain.annotations, notes } };
}

function diskInWords(disk: PlannedDisk): PlannedDisk {
  return { ...disk, name: line(disk.name), format: line(disk.format) };
}

function rowsInWords(rows: readonly LeftOut[]): LeftOut[] {
  const shown = rows.slice(0, maxRows).map(({ setting, reason }) => ({ setting: line(setting), reason: line(reason) }));
  if (rows.length <= maxRows) return shown;
  return [...shown, { setting: `Further settings (${rows.length - maxRows})`, reason: 'They are too many to list.' }];
}

const isWithin = (number: number | undefined, max: number): boolean =>
  number !== undefined && Number.isSafeInteger(number) && number > 0 && number <= max;

function line(text: string): string {
  const short = text.length > maxLineLength ? `${text.slice(0, maxLineLength - 1)}…` : text;
  return printableLine(short);
}

import type { ReactElement } from 'react';
import type { Host } from '../../../electron/contract/host.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Choice, FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { NumberField } from '../../components/number-field.tsx';
import { diskText, memoryText } from '../../../electron/contract/words/sizes.ts';
import { Amount } from './amount.tsx';
import { gibibyte, gigabyte, limitsOf, type Minimum } from './limits.ts';
import type { Draft } from './draft.ts';

const displays = ['1024x768', '1280x800', '1440x900', '1920x1080', '1920x1200', '2560x1440'];
const maxDiskGigabytes = 65_535;

/** Why these resources can't be given; undefined if they can. */
export function resourcesProblem(
  { from, cpuCount, memoryBytes, diskGigabytes }: Draft,
  host: Host,
  minimum?: Minimum,
): string | undefined {
  const limits = limitsOf(host, from, minimum);
  if (!Number.isInteger(cpuCount) || cpuCount < limits.minCpus || cpuCount > limits.maxCpus)
    return `CPUs must be ${limits.minCpus} to ${limits.maxCpus}.`;
  if (!(memoryBytes >= limits.minMemoryBytes && memoryBytes <= limits.maxMemoryBytes))
    return `Memory must be ${memoryText(limits.minMemoryBytes)} to ${memoryText(limits.maxMemoryBytes)}.`;
  return diskProblem(diskGigabytes, limits.minDiskGigabytes);
}

function diskProblem(gigabytes: number, min: number): string | undefined {
  if (gigabytes >= min && gigabytes <= maxDiskGigabytes) return undefined;
  return `The disk must be ${min} to ${maxDiskGigabytes.toLocaleString('en-US')} GB.`;
}

/** The second step: CPUs, memory, disk and display, within the host's limits. */
export function ResourcesStep({
  draft,
  host,
  minimum,
  onChange,
}: {
  draft: Draft;
  host: Host;
  /** What the image asks for, where that is known. */
  minimum?: Minimum;
  onChange: (changes: Partial<Draft>) => void;
}): ReactElement {
  const limits = limitsOf(host, draft.from, minimum);
  const freeBytes = host.memoryAvailableBytes;
  const isMemoryShort = draft.memoryBytes > freeBytes;
  const fitting = Math.floor(freeBytes / limits.memoryStepBytes) * limits.memoryStepBytes;
  const noun = host.noun.toLowerCase().replace('this mac', 'this Mac');
  return (
    <>
      <Amount
        label="CPUs"
        value={draft.cpuCount}
        min={limits.minCpus}
        max={limits.maxCpus}
        comfortable={limits.comfortableCpus}
        step={1}
        caption={`${limits.minCpus} to ${limits.maxCpus}; ${noun} has ${host.cpuCount}.`}
        onChange={(cpuCount) => onChange({ cpuCount })}
      />
      <Amount
        label="Memory"
        value={draft.memoryBytes / gibibyte}
        min={limits.minMemoryBytes / gibibyte}
        max={limits.maxMemoryBytes / gibibyte}
        comfortable={limits.comfortableMemoryBytes / gibibyte}
        step={0.5}
        unit="GB"
        caption={`${memoryText(limits.minMemoryBytes)} to ${memoryText(limits.maxMemoryBytes)}; ${memoryText(freeBytes)} is free now.`}
        onChange={(gibibytes) => onChange({ memoryBytes: gibibytes * gibibyte })}
      />
      {isMemoryShort ? (
        <Note
          look="warning"
          action={
            fitting < limits.minMemoryBytes ? undefined : (
              <Button size="small" onClick={() => onChange({ memoryBytes: fitting })}>
                Use {memoryText(fitting)}
              </Button>
            )
          }
        >
          <b>More than is free now.</b> It can be created, but not started until other programs free memory.
        </Note>
      ) : null}
      {draft.from === 'macos' && minimum === undefined ? (
        <Note>What this macOS asks for shows when its image is here. If that is more, it gets more.</Note>
      ) : null}
      <DiskRow draft={draft} host={host} minDisk={limits.minDiskGigabytes} onChange={onChange} />
      <FormRow label="Display">
        <Choice
          label="Display"
          value={draft.display}
          options={displays.map((value) => ({ value, label: value.replace('x', ' × ') }))}
          onChange={(display) => onChange({ display })}
        />
      </FormRow>
    </>
  );
}

/** The size of the disk, at least `minDisk` gigabytes, and what it takes of the host's. */
function DiskRow({
  draft,
  host,
  minDisk,
  onChange,
}: {
  draft: Draft;
  host: Host;
  minDisk: number;
  onChange: (changes: Partial<Draft>) => void;
}): ReactElement {
  return (
    <FormRow label="Disk">
      <div className="form-line">
        <NumberField
          label="Disk size"
          unit="GB"
          width={96}
          value={draft.diskGigabytes}
          error={diskProblem(draft.diskGigabytes, minDisk)}
          onChange={(diskGigabytes) => onChange({ diskGigabytes })}
        />
        <span className="stepper">
          <IconButton
            icon="minus"
            size="small"
            label="Smaller disk"
            disabled={!(draft.diskGigabytes > minDisk)}
            onClick={() => onChange({ diskGigabytes: Math.max(minDisk, draft.diskGigabytes - 1) })}
          />
          <IconButton
            icon="plus"
            size="small"
            label="Larger disk"
            disabled={!(draft.diskGigabytes < maxDiskGigabytes)}
            onClick={() => onChange({ diskGigabytes: draft.diskGigabytes + 1 })}
          />
        </span>
        <span className="caption">Takes room as it fills. Can grow later, not shrink.</span>
      </div>
      <DiskMeter host={host} bytes={draft.diskGigabytes * gigabyte} />
    </FormRow>
  );
}

/** What of the host's disk is used, what this one may take, and what is left then. */
function DiskMeter({ host, bytes }: { host: Host; bytes: number }): ReactElement {
  const { totalBytes, freeBytes } = host.home;
  const used = totalBytes - freeBytes;
  const wanted = Number.isFinite(bytes) ? bytes : 0;
  const share = (part: number): string => `${(Math.max(0, part) / Math.max(totalBytes, used + wanted, 1)) * 100}%`;
  const left = freeBytes - wanted;
  return (
    <>
      <div className="meter" aria-hidden="true">
        <i data-part="used" style={{ width: share(used) }} />
        <i data-part="this" style={{ width: share(wanted) }} />
      </div>
      <div className="legend">
        <span>
          <i data-part="used" /> Used, {diskText(used)}
        </span>
        <span>
          <i data-part="this" /> This disk, up to {diskText(wanted)}
        </span>
        <span>
          <i /> {left >= 0 ? `Left, ${diskText(left)}` : `${diskText(-left)} more than is free, if it fills up`}
        </span>
      </div>
    </>
  );
}

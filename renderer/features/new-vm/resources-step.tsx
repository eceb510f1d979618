import type { ReactElement } from 'react';
import type { Host } from '../../../electron/contract/host.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Choice, FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { NumberField } from '../../components/number-field.tsx';
import { diskText, memoryText } from '../../words/sizes.ts';
import { Amount } from './amount.tsx';
import { gibibyte, gigabyte, leastDiskGigabytes, limitsOf } from './limits.ts';
import type { Draft } from './draft.ts';

const displays = ['1024x768', '1280x800', '1440x900', '1920x1080', '1920x1200', '2560x1440'];
const mostDiskGigabytes = 65_535;

/** Why these resources can't be given; undefined if they can. */
export function resourcesProblem({ cpuCount, memoryBytes, diskGigabytes }: Draft, host: Host): string | undefined {
  const limits = limitsOf(host);
  if (!Number.isInteger(cpuCount) || cpuCount < 1 || cpuCount > limits.mostCpus)
    return `CPUs must be 1 to ${limits.mostCpus}.`;
  if (!(memoryBytes >= limits.leastMemoryBytes && memoryBytes <= limits.mostMemoryBytes))
    return `Memory must be ${memoryText(limits.leastMemoryBytes)} to ${memoryText(limits.mostMemoryBytes)}.`;
  return diskProblem(diskGigabytes);
}

function diskProblem(gigabytes: number): string | undefined {
  if (gigabytes >= leastDiskGigabytes && gigabytes <= mostDiskGigabytes) return undefined;
  return `The disk must be ${leastDiskGigabytes} to ${mostDiskGigabytes.toLocaleString('en-US')} GB.`;
}

/** The second step: CPUs, memory, disk and display, within the host's limits. */
export function ResourcesStep({
  draft,
  host,
  onChange,
}: {
  draft: Draft;
  host: Host;
  onChange: (changes: Partial<Draft>) => void;
}): ReactElement {
  const limits = limitsOf(host);
  const freeBytes = host.memoryAvailableBytes;
  const isMemoryShort = draft.memoryBytes > freeBytes;
  const fitting = Math.floor(freeBytes / limits.memoryStepBytes) * limits.memoryStepBytes;
  const noun = host.noun.toLowerCase().replace('this mac', 'this Mac');
  return (
    <>
      <Amount
        label="CPUs"
        value={draft.cpuCount}
        least={1}
        most={limits.mostCpus}
        comfortable={limits.comfortableCpus}
        step={1}
        caption={`1 to ${limits.mostCpus}; ${noun} has ${host.cpuCount}.`}
        onChange={(cpuCount) => onChange({ cpuCount })}
      />
      <Amount
        label="Memory"
        value={draft.memoryBytes / gibibyte}
        least={limits.leastMemoryBytes / gibibyte}
        most={limits.mostMemoryBytes / gibibyte}
        comfortable={limits.comfortableMemoryBytes / gibibyte}
        step={0.5}
        unit="GB"
        caption={`${memoryText(limits.leastMemoryBytes)} to ${memoryText(limits.mostMemoryBytes)}; ${memoryText(freeBytes)} is free now.`}
        onChange={(gibibytes) => onChange({ memoryBytes: gibibytes * gibibyte })}
      />
      {isMemoryShort ? (
        <Note
          look="warning"
          action={
            fitting < limits.leastMemoryBytes ? undefined : (
              <Button size="small" onClick={() => onChange({ memoryBytes: fitting })}>
                Use {memoryText(fitting)}
              </Button>
            )
          }
        >
          <b>More than is free now.</b> It can be made, but not started until other programs give memory back.
        </Note>
      ) : null}
      <FormRow label="Disk">
        <div className="form-line">
          <NumberField
            label="Disk size"
            unit="GB"
            width={96}
            value={draft.diskGigabytes}
            error={diskProblem(draft.diskGigabytes)}
            onChange={(diskGigabytes) => onChange({ diskGigabytes })}
          />
          <span className="stepper">
            <IconButton
              icon="minus"
              size="small"
              label="Smaller disk"
              disabled={!(draft.diskGigabytes > leastDiskGigabytes)}
              onClick={() => onChange({ diskGigabytes: Math.max(leastDiskGigabytes, draft.diskGigabytes - 1) })}
            />
            <IconButton
              icon="plus"
              size="small"
              label="Larger disk"
              disabled={!(draft.diskGigabytes < mostDiskGigabytes)}
              onClick={() => onChange({ diskGigabytes: draft.diskGigabytes + 1 })}
            />
          </span>
          <span className="caption">Takes room as it fills. Can grow later, not shrink.</span>
        </div>
        <DiskMeter host={host} bytes={draft.diskGigabytes * gigabyte} />
      </FormRow>
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

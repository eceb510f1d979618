import { useEffect, useState } from 'react';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import type { VmEvent } from '../../../electron/contract/vm-events.ts';
import { useApp } from '../../state/app.tsx';

/** The last events of a machine, newest first, asked for anew whenever there are more; undefined until they have come. */
export function useEvents({ id, eventsVersion }: MachineVm, max: number): readonly VmEvent[] | undefined {
  const { client } = useApp();
  const [events, setEvents] = useState<readonly VmEvent[]>();
  useEffect(() => {
    const controller = new AbortController();
    client.call('vms.events', { id, max }, { signal: controller.signal }).then(setEvents, () => undefined);
    return () => controller.abort();
  }, [client, id, max, eventsVersion]);
  return events;
}

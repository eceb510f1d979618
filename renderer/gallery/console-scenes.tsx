import type { ReactElement } from 'react';
import type { MachineState, Vm } from '../../electron/contract/machine.ts';
import { ConsolePage } from '../features/console/console-page.tsx';
import { StatusBar } from '../features/console/status-bar.tsx';
import { fakeClient, type FakeClient } from '../testing/fake-client.ts';
import { machine, running, then, unreadable, warned } from '../testing/fixtures.ts';
import { wholeError } from './component-scenes.tsx';
import type { Scene } from './scene.ts';

function consoleOf(client: FakeClient, vm: Vm): ReactElement {
  return <ConsolePage client={client} id={vm.id} name={vm.name} />;
}

/** The window of one machine, in a state without a picture of its screen. */
function consoleScene(id: string, title: string, vm: Vm, until: string, prepare?: (client: FakeClient) => void): Scene {
  const show = (): ReactElement => {
    const client = fakeClient({ vms: [vm] });
    prepare?.(client);
    return consoleOf(client, vm);
  };
  return { id, title, part: 'page', until, show };
}

const inState = (state: MachineState): Vm => machine('web-server', { state });
const address = { ip: '10.0.2.15', source: 'agent', at: then } as const;

export const consoleScenes: readonly Scene[] = [
  consoleScene('console-stopped', 'Stopped', inState({ phase: 'stopped' }), 'text=This machine is stopped.'),
  consoleScene(
    'console-suspended',
    'Suspended',
    inState({ phase: 'suspended', since: then }),
    'text=picks up where it was',
  ),
  consoleScene(
    'console-failed',
    'Failed',
    inState({ phase: 'failed', since: then, error: wholeError }),
    'text="Start"',
  ),
  consoleScene(
    'console-elsewhere',
    'Run by another program',
    inState({ phase: 'running', since: then, owner: 'elsewhere', pid: 4711 }),
    'text=Another program',
  ),
  consoleScene('console-unreadable', 'Can’t be read', unreadable('old-copy'), 'text=can’t be read'),
  consoleScene('console-gone', 'No longer in the library', inState(running), 'text=Open Library', ({ world }) =>
    world.vms.clear(),
  ),
  consoleScene(
    'console-no-display',
    'Running, without a display',
    machine('web-server', { state: warned, address }),
    'text=no display',
  ),
  {
    id: 'console-starting',
    title: 'Starting, and no screen yet',
    part: 'page',
    until: 'text=Reconnect',
    show: () => {
      const vm = inState({ phase: 'starting', since: then });
      return consoleOf({ ...fakeClient({ vms: [vm] }), openChannel: () => new Promise(() => undefined) }, vm);
    },
  },
  consoleScene('console-lost', 'Tatin does not answer', inState(running), 'text=Reconnect', (client) =>
    client.setConnection('lost'),
  ),
  {
    id: 'console-status',
    title: 'Status bar of a screen that is live',
    part: 'page',
    until: 'text=Guest agent',
    show: () => {
      const vm = machine('web-server', { state: running, address });
      const picture = {
        size: { width: 1280, height: 800 },
        scale: 0.5,
        scaling: 'fit',
        lastPicture: undefined,
      } as const;
      return (
        <main className="gallery-parts">
          {[false, true].map((captured) => (
            <StatusBar
              key={`${captured}`}
              client={fakeClient({ vms: [vm] })}
              machine={vm}
              isOurs
              picture={{ ...picture, status: { kind: 'live' } }}
              isLive
              captured={captured}
              releaseKeys="Ctrl+Alt"
              notice={captured ? 'Saved “web-server.png”' : ''}
              onScaling={() => undefined}
            />
          ))}
        </main>
      );
    },
  },
];

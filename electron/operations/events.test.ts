import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Host } from '../contract/host.ts';
import type { JobList } from '../jobs/job-list.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { subscribeTo } from './events.ts';
import type { ImageService } from './images/image-service.ts';
import type { MachineService } from './machines/machine-service.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('TATIN_STATE', folder.path);
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

describe('subscribeTo', () => {
  it('tells of the host what the latest look found, also if an earlier one takes longer', async () => {
    const looks: PromiseWithResolvers<Host>[] = [];
    let replace = (): void => undefined;
    const told: unknown[] = [];
    const off = subscribeTo(
      {
        // Only what it uses of them.
        machines: {
          onChange: (listener: (change: object) => void) => {
            replace = () => listener({ kind: 'replaced', vms: [] });
            return () => undefined;
          },
        } as unknown as MachineService,
        jobs: { onChange: () => () => undefined } as unknown as JobList,
        images: { onChange: () => () => undefined } as unknown as ImageService,
        host: () => {
          const look = Promise.withResolvers<Host>();
          looks.push(look);
          return look.promise;
        },
      },
      (name, payload) => {
        if (name === 'host.changed' && 'host' in payload) told.push(payload.host);
      },
    );
    try {
      replace();
      replace();
      const [earlier, later] = ['earlier', 'later'].map((hostname) => ({ hostname }) as unknown as Host);
      looks[1]?.resolve(later!);
      await looks[1]?.promise;
      looks[0]?.resolve(earlier!);
      await looks[0]?.promise;
      await new Promise((resolve) => setImmediate(resolve));
      expect(told).toEqual([later]);
    } finally {
      off();
    }
  });
});

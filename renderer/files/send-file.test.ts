import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../electron/contract/errors.ts';
import { fakeClient } from '../testing/fake-client.ts';
import { uploadChannel } from '../testing/fake-imports.ts';
import { sendFile } from './send-file.ts';

const file = new File([new Uint8Array(1_000_000).fill(7)], 'disk.img');
const uploadId = '4fc1a3c5-3f0e-4b1b-9a44-0b6f2d7a9c11';

function sending() {
  const ended = new AbortController();
  const sent: number[] = [];
  return {
    ended,
    sent,
    options: { uploadId, signal: ended.signal, onProgress: (bytes: number) => void sent.push(bytes) },
  };
}

describe('sendFile', () => {
  it('sends every byte, and tells how far it is', async () => {
    const client = fakeClient();
    const { options, sent } = sending();
    await sendFile(client, file, options);
    expect(client.world.intake.uploads.get(uploadId)).toEqual({
      name: 'disk.img',
      sizeBytes: 1_000_000,
      received: 1_000_000,
    });
    expect(sent.at(-1)).toBe(1_000_000);
    expect([...sent].sort((a, b) => a - b)).toEqual(sent);
  });

  it('sends nothing of an empty file', async () => {
    const client = fakeClient();
    await sendFile(client, new File([], 'empty'), sending().options);
    expect(client.world.intake.uploads.get(uploadId)?.received).toBe(0);
  });

  it('goes on where it was when the connection was lost', async () => {
    const client = fakeClient();
    const offsets: number[] = [];
    vi.spyOn(client, 'openChannel').mockImplementation(async (_name, input) => {
      if (!('offset' in input)) throw new AppError('unexpected', 'Not an upload.');
      offsets.push(input.offset);
      const channel = uploadChannel(client.world.intake, input.uploadId);
      let pieces = 0;
      const send = async (bytes: Uint8Array): Promise<void> => {
        if (offsets.length === 1 && ++pieces > 1) throw new AppError('connection-lost', 'Gone.');
        await channel.send(bytes);
      };
      return await Promise.resolve({ ...channel, send });
    });
    await sendFile(client, file, sending().options);
    expect(offsets).toEqual([0, 512 * 1024]);
    expect(client.world.intake.uploads.get(uploadId)?.received).toBe(1_000_000);
  });

  it('says why what can’t be mended failed, and leaves nothing behind', async () => {
    const client = fakeClient();
    vi.spyOn(client, 'openChannel').mockRejectedValue(new AppError('no-space', 'The disk is full.'));
    await expect(sendFile(client, file, sending().options)).rejects.toMatchObject({ code: 'no-space' });
    expect(client.world.intake.uploads.size).toBe(0);
  });

  it('says that a file changed on its way', async () => {
    const client = fakeClient();
    const gone = { name: 'disk.img', size: 10, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('x')) }) };
    // Only these members of a file are read.
    const sent = sendFile(client, gone, sending().options);
    await expect(sent).rejects.toMatchObject({ code: 'file-not-found' });
  });

  it('ends with its signal, and leaves nothing behind', async () => {
    const client = fakeClient();
    const { options, ended } = sending();
    const sent = sendFile(client, file, { ...options, onProgress: () => ended.abort() });
    await expect(sent).rejects.toMatchObject({ code: 'cancelled' });
    expect(client.world.intake.uploads.size).toBe(0);
  });
});

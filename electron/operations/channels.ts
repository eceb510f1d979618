import type { ByteChannel, ChannelInput, ChannelName } from '../contract/contract.ts';
import { byteChannelOf } from './byte-channel.ts';
import { execChannel } from './machines/exec-channel.ts';
import { local } from './machines/local-names.ts';
import type { LoadedServices } from './services.ts';

/**
 * Opens a stream of a running machine, or the way on which a file comes.
 * @throws AppError `vm-not-found`, `vm-not-running`, `not-allowed`, `file-not-found` for an upload that is gone
 */
export async function openChannel<N extends ChannelName>(
  { machines, uploads }: Pick<LoadedServices, 'machines' | 'uploads'>,
  channel: N,
  input: ChannelInput<N>,
  signal: AbortSignal,
): Promise<ByteChannel> {
  if ('uploadId' in input) return await uploads.openChannel(input.uploadId, input.offset);
  const name = local(input.id);
  if (channel === 'exec') return execChannel(await machines.agent(name));
  const machine = await machines.running(name);
  signal.throwIfAborted();
  return byteChannelOf(channel === 'console' ? await machine.openConsole() : await machine.openSerial());
}

import { AppError } from '../../contract/errors.ts';
import type { Access } from './authorization.ts';
import type { Requests } from './requests.ts';

/**
 * Lets a repository have a blob of another one without sending it. False where the registry does not do that, or does not let us.
 */
export async function mountBlob(
  requests: Requests,
  repository: string,
  digest: string,
  from: string,
  signal: AbortSignal,
): Promise<boolean> {
  const query = new URLSearchParams({ mount: digest, from });
  const access: Access = { kind: 'push', repository, from };
  const path = `${repository}/blobs/uploads/?${query.toString()}`;
  const what = `blob ${digest} of ${from}`;
  try {
    const unwanted = await requests.run({ access, method: 'POST', path, what, signal }, (response) => {
      if (response.status === 201) return { location: undefined };
      return response.status === 202 ? { location: requests.locationOf(response) } : 'refused';
    });
    if (unwanted.location === undefined) return true;
    await cancel(requests, repository, unwanted.location, signal);
    return false;
  } catch (error) {
    // Sending it is another way, and says what is wrong if that is not allowed either.
    if (error instanceof AppError && error.retry !== true) return false;
    throw error;
  }
}

async function cancel(requests: Requests, repository: string, location: URL, signal: AbortSignal): Promise<void> {
  const access: Access = { kind: 'push', repository };
  const request = { access, method: 'DELETE', path: location, what: 'the end of an upload', signal } as const;
  // The registry throws it away by itself in the end.
  await requests.once(request, () => undefined).catch(() => undefined);
}

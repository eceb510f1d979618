import type { BlobRequest } from './image-source.ts';
import type { Http } from './http.ts';
import type { Requests } from './requests.ts';

/**
 * Finds out where a blob's bytes are: asks for the first of them, lets the registry check the login and send us on, and tells
 * where that ended. The address may be good for minutes only, so it is asked for just before it is used.
 * @throws AppError
 */
export async function findBlob(
  requests: Requests,
  http: Http,
  repository: string,
  digest: string,
  { again, signal }: { again: boolean; signal: AbortSignal },
): Promise<BlobRequest> {
  let sent: Readonly<Record<string, string>> = {};
  const url = await requests.run(
    {
      access: { kind: 'pull', repository },
      method: 'GET',
      path: `${repository}/blobs/${digest}`,
      what: `blob ${digest} of ${repository}`,
      // Not HEAD: an address that a storage server has signed is good for one method only.
      headers: { range: 'bytes=0-0' },
      renewed: again,
      onSent: (headers) => (sent = headers),
      signal,
    },
    // 416 says that there is no first byte: the blob is empty.
    (response) => ([200, 206, 416].includes(response.status) ? response.url : 'refused'),
  );
  const { authorization } = sent;
  return { url: url.href, headers: authorization === undefined ? {} : { authorization }, route: http.route(url) };
}

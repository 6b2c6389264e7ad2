import { algorithmOf, type Digest } from '@berth/oci';
import { repositoryPath } from './repository-path.ts';
import { dropBody } from './response-body.ts';
import { repositoryScope } from './scope.ts';
import type { Transport } from './transport.ts';
import { type Upload, uploadOf } from './uploads.ts';

/**
 * Asks for a blob of another repository, `from`, or of any that the registry finds it in (OCI distribution specification 1.1,
 * "Mounting a blob from another repository"). Null when it is mounted; an upload to go on with when it is not.
 */
export async function mountBlob(
  transport: Transport,
  {
    repository,
    digest,
    from,
  }: { readonly repository: string; readonly digest: Digest; readonly from?: string },
): Promise<Upload | null> {
  const algorithm = algorithmOf(digest);
  const query = [
    `mount=${encodeURIComponent(digest)}`,
    ...(from === undefined ? [] : [`from=${encodeURIComponent(from)}`]),
    ...(algorithm === 'sha256' ? [] : [`digest-algorithm=${algorithm}`]),
  ];
  const answer = await transport.call({
    method: 'POST',
    url: repositoryPath(repository, `blobs/uploads/?${query.join('&')}`),
    scopes: [
      repositoryScope(repository, 'pull', 'push'),
      ...(from === undefined || from === repository ? [] : [repositoryScope(from, 'pull')]),
    ],
    headers: { 'content-length': '0' },
    expected: [201, 202],
  });
  await dropBody(answer);
  if (answer.statusCode === 201) return null;
  return uploadOf(answer, { repository, location: '', offsetBytes: 0, minChunkBytes: 0 });
}

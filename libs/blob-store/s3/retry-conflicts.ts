import type { S3Client } from '@aws-sdk/client-s3';
import { s3ErrorName } from './s3-error.ts';

/** A 409 that says: another request is at the same thing, ask again. The SDK takes every 409 for final. */
const CONFLICTS: ReadonlySet<string> = new Set([
  'ConditionalRequestConflict',
  'OperationAborted',
  // versitygw 1.7, to a PUT beside another request below the same name.
  'ExistingObjectIsDirectory',
]);

/** Has a client ask again where S3 says so, as often as after a SlowDown. */
export function retryConflicts(client: S3Client): void {
  client.middlewareStack.addRelativeTo(
    <Args, Answer>(next: (args: Args) => Promise<Answer>) =>
      async (args: Args) => {
        try {
          return await next(args);
        } catch (error) {
          if (CONFLICTS.has(s3ErrorName(error))) Object.assign(error as object, { $retryable: {} });
          throw error;
        }
      },
    { relation: 'after', toMiddleware: 'retryMiddleware', name: 'markConflicts' },
  );
}

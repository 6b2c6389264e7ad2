import { type ReplicationPolicyPatch, ServiceError } from '@berth/contracts';
import { compileFilter, GlobError } from '@berth/globs';
import { isImageName } from '@berth/oci';
import type { Policy } from '../documents/policy.ts';
import { requireEndpoint } from '../endpoints/find-endpoint.ts';
import type { Records } from '../records.ts';
import { nextDue } from '../runs/next-due.ts';

const FIELDS = 5;

/** What no schema says of a policy. GLOB_INVALID, REQUEST_INVALID, ENDPOINT_NOT_FOUND. */
export async function checkPolicy(
  records: Records,
  direction: Policy['direction'],
  settings: Pick<
    ReplicationPolicyPatch,
    'images' | 'tags' | 'trigger' | 'schedule' | 'deletes' | 'remoteRegistry' | 'endpoint'
  >,
): Promise<void> {
  const { images, tags, trigger, schedule, deletes, remoteRegistry, endpoint } = settings;
  for (const filter of [images, tags]) {
    try {
      compileFilter(filter);
    } catch (error) {
      if (!(error instanceof GlobError)) throw error;
      throw new ServiceError('GLOB_INVALID', error.message, { cause: error });
    }
  }
  if (direction === 'pull' && trigger === 'event')
    throw invalid('/trigger', 'must not be event where direction is pull: nothing tells of pushes elsewhere');
  if (direction === 'pull' && deletes === 'mirror')
    throw invalid(
      '/deletes',
      'must be keep where direction is pull: a registry that is gone looks like tags that are',
    );
  if ((trigger === 'scheduled') !== (schedule !== undefined))
    throw invalid('/schedule', 'must be given with the trigger scheduled, and with no other');
  if (schedule !== undefined) checkSchedule(schedule);
  if (remoteRegistry !== undefined && !isImageName(remoteRegistry))
    throw invalid(
      '/remoteRegistry',
      `must be what a repository name may begin with, not "${remoteRegistry}"`,
    );
  await requireEndpoint(records, endpoint);
}

function checkSchedule(schedule: string): void {
  if (schedule.trim().split(/\s+/).length !== FIELDS || !isComing(schedule))
    throw invalid(
      '/schedule',
      `"${schedule}" must be five fields of cron, like "30 3 * * 1", for a time that comes`,
    );
}

/** False also where it is no cron expression. */
function isComing(schedule: string): boolean {
  try {
    return nextDue(schedule, 0) !== null;
  } catch {
    return false;
  }
}

function invalid(path: string, message: string): ServiceError {
  return new ServiceError('REQUEST_INVALID', `the policy is not valid: ${path} ${message}`, {
    detail: { violations: [{ path, message }] },
  });
}

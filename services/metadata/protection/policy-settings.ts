import { ServiceError } from '@berth/contracts';
import { isStoreError, type StoreError } from '@berth/document-store';
import { compileFilter, GlobError } from '@berth/globs';
import type { ProtectionPolicy } from '../documents/protection-policy.ts';

/** What people say about a policy. */
export type PolicySettings = Pick<ProtectionPolicy, 'name' | 'images' | 'tags' | 'enabled'>;

/** Refuses patterns that would not compile later. GLOB_INVALID naming the pattern and where it stands. */
export function assertGlobs(settings: PolicySettings): void {
  for (const field of ['images', 'tags'] as const) {
    try {
      compileFilter(settings[field]);
    } catch (error) {
      if (!(error instanceof GlobError)) throw error;
      const violations = [{ path: `/${field}`, message: error.message }];
      throw new ServiceError('GLOB_INVALID', `${field}: ${error.message}`, {
        detail: { pattern: error.pattern, violations },
        cause: error,
      });
    }
  }
}

/** The other policy of the registry has the name. */
export function isNameTaken(error: unknown): error is StoreError {
  return isStoreError(error, 'UNIQUE_TAKEN') && error.detail.unique === 'name';
}

export function nameTaken(name: string, error: StoreError): ServiceError {
  return new ServiceError('NAME_TAKEN', `the registry has a protection policy "${name}" already`, {
    detail: { existingId: error.detail.id },
    cause: error,
  });
}

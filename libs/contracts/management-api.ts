import { ACCESS_ROUTES } from './management-access.ts';
import { CLEANUP_ROUTES } from './management-cleanup.ts';
import { DOCUMENT_ROUTES } from './management-document.ts';
import { IMAGE_ROUTES } from './management-image.ts';
import { PROTECTION_ROUTES } from './management-protection.ts';
import { REGISTRY_ROUTES } from './management-registry.ts';
import { REPLICATION_ROUTES } from './management-replication.ts';
import type { ManagementRoute } from './management-route.ts';
import { SWEEP_ROUTES } from './management-sweep.ts';
import { WEBHOOK_ROUTES } from './management-webhook.ts';

/** All of `/api/v1`, by operation. Each service answers for its own tables. */
export const MANAGEMENT_API = {
  ...DOCUMENT_ROUTES,
  ...REGISTRY_ROUTES,
  ...IMAGE_ROUTES,
  ...PROTECTION_ROUTES,
  ...ACCESS_ROUTES,
  ...WEBHOOK_ROUTES,
  ...CLEANUP_ROUTES,
  ...SWEEP_ROUTES,
  ...REPLICATION_ROUTES,
} as const satisfies Readonly<Record<string, ManagementRoute>>;

export type OperationId = keyof typeof MANAGEMENT_API;

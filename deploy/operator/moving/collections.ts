import type { CollectionDefinition } from '@berth/document-store';
import { COLLECTIONS as authToken } from '../../../services/auth-token/collections.ts';
import { COLLECTIONS as metadata } from '../../../services/metadata/collections.ts';
import { COLLECTIONS as replicator } from '../../../services/replicator/collections.ts';
import { COLLECTIONS as retentionCleaner } from '../../../services/retention-cleaner/collections.ts';
import { COLLECTIONS as webhookDispatcher } from '../../../services/webhook-dispatcher/collections.ts';

/**
 * What each service keeps, by its name, in the order of an export: users and hooks before what they are about, so that an export that
 * is taken while clients work names nothing that it lacks.
 */
export const KEPT: Readonly<Record<string, readonly CollectionDefinition[]>> = {
  'webhook-dispatcher': webhookDispatcher,
  'retention-cleaner': retentionCleaner,
  replicator,
  'auth-token': authToken,
  metadata,
};

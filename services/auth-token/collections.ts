import type { CollectionDefinition } from '@berth/document-store';
import { accessKeys } from './documents/access-key.ts';
import { accounts } from './documents/account.ts';
import { auditMarks } from './documents/audit-mark.ts';
import { auditLog } from './documents/audit-record.ts';
import { grants } from './documents/grant.ts';
import { lastUses } from './documents/last-use.ts';
import { refreshTokens } from './documents/refresh-token.ts';
import { sessions } from './documents/session.ts';
import { signingKeys } from './documents/signing-key.ts';

/** All that the service keeps, for export and import; what names something comes before it. */
export const COLLECTIONS: readonly CollectionDefinition[] = [
  ...[lastUses, refreshTokens, sessions, grants, accessKeys, accounts, signingKeys, auditMarks, auditLog],
] as unknown as readonly CollectionDefinition[];

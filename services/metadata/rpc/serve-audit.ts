import type { RpcServer } from '@berth/bus';
import {
  adoptOrphanedKeys,
  auditFacts as auditFactsRpc,
  describeBlob as describeBlobRpc,
  giveUpBlob as giveUpBlobRpc,
} from '@berth/contracts';
import { adoptOrphans } from '../audit/adopt-orphans.ts';
import { auditFacts } from '../audit/audit.ts';
import { describeBlob, giveUpBlob } from '../audit/describe-blob.ts';
import type { Metadata } from '../metadata.ts';

/** What `berth check` asks for. */
export function serveAudit(server: RpcServer, { facts }: Metadata): void {
  server.serve(auditFactsRpc, async (request) => await auditFacts(facts, request));
  server.serve(describeBlobRpc, async ({ digest }) => await describeBlob(facts, digest));
  server.serve(giveUpBlobRpc, async (request) => {
    await giveUpBlob(facts, request);
    return {};
  });
  server.serve(adoptOrphanedKeys, async ({ keys }) => ({ adopted: await adoptOrphans(facts, keys) }));
}

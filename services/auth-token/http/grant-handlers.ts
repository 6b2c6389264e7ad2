import { ACCESS_ROUTES, ExplainQuery, GrantCreation, type GrantResource } from '@berth/contracts';
import { bodyReader, formatPath, parsePage, requireIfMatch, sendEmpty, sendJson } from '@berth/http';
import type { AccessService } from '../access-service.ts';
import { createGrant } from '../grants/create-grant.ts';
import { deleteGrant } from '../grants/delete-grant.ts';
import { type DescribedGrant, describeGrants } from '../grants/describe-grants.ts';
import { listGrants, requireGrant } from '../grants/find-grant.ts';
import { lookUpSubject } from '../grants/find-subject.ts';
import { explainAccess } from '../roles/explain-access.ts';
import {
  MAX_BODY,
  type ManagementExchange,
  NO_STORE,
  originOf,
  queryReader,
  sendRead,
  sendResource,
} from './exchange-parts.ts';

/** `/access/grants` and `/access/explain`. */
export function grantHandlers(service: AccessService) {
  const { facts } = service;
  const readCreation = bodyReader(GrantCreation, MAX_BODY);
  const readQuery = queryReader(ExplainQuery);

  async function describe(id: string): Promise<DescribedGrant> {
    const grant = await requireGrant(facts, id);
    const [described] = await describeGrants(facts, [grant]);
    return described ?? { grant, subject: grant.subject, registry: grant.registryId };
  }

  /** Nobody has no grants: whoever may not know of a subject does not learn of it here. */
  async function listPage(query: URLSearchParams, registryId: string | undefined) {
    const { limit, after } = parsePage(query);
    const name = query.get('subject');
    const found = name === null ? undefined : await lookUpSubject(facts, name);
    if (found === null) return { items: [], next: null };
    const subject = found?.subject;
    return await listGrants(facts, { registryId, subject, limit, ...(after !== undefined && { after }) });
  }

  return {
    async listGrants({ query, response, identity }: ManagementExchange) {
      const { registry } = identity;
      const page = await listPage(query, registry?.id ?? (query.get('registry') === '*' ? '*' : undefined));
      const registries = new Map(registry && [[registry.id, registry.name]]);
      const items = (await describeGrants(facts, page.items, { registries })).map(viewGrant);
      sendJson(response, 200, { items, next: page.next }, NO_STORE);
    },
    async createGrant(exchange: ManagementExchange) {
      const { subject, role } = await readCreation(exchange.request);
      const described = await createGrant(facts, {
        principal: exchange.identity.principal,
        subject,
        registry: exchange.identity.registry,
        role,
        origin: originOf(exchange),
      });
      const { grant } = described;
      const location = formatPath(ACCESS_ROUTES.getGrant.pattern, { id: grant.id });
      sendResource(exchange.response, {
        status: 201,
        version: grant.version,
        body: viewGrant(described),
        location,
      });
    },
    async getGrant(exchange: ManagementExchange) {
      const described = await describe(exchange.params.id ?? '');
      sendRead(exchange, { version: described.grant.version, body: viewGrant(described) });
    },
    async deleteGrant(exchange: ManagementExchange) {
      const { request, response, params, identity } = exchange;
      await deleteGrant(facts, {
        id: params.id ?? '',
        principal: identity.principal,
        origin: originOf(exchange),
        requireVersion: (version) => requireIfMatch(request, version),
      });
      sendEmpty(response, 204);
    },
    async explainAccess({ query, response, identity }: ManagementExchange) {
      const { subject, image, action } = readQuery(query);
      const explanation = await explainAccess(service, {
        principal: identity.principal,
        subject,
        registry: identity.registry,
        action,
        ...(image !== undefined && { image }),
      });
      sendJson(response, 200, explanation, NO_STORE);
    },
  };
}

function viewGrant({ grant, subject, registry }: DescribedGrant): GrantResource {
  const { id, role, createdAt, updatedAt, createdBy } = grant;
  return { id, subject, registry, role, createdAt, updatedAt, createdBy };
}

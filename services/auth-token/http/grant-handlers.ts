import { ACCESS_ROUTES, GrantCreation, type GrantResource } from '@berth/contracts';
import {
  bodyReader,
  etag,
  formatPath,
  queryReader,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import type { AccessService } from '../access-service.ts';
import { createGrant } from '../grants/create-grant.ts';
import { deleteGrant } from '../grants/delete-grant.ts';
import { type DescribedGrant, describeGrants } from '../grants/describe-grants.ts';
import { listGrants, requireGrant } from '../grants/find-grant.ts';
import { lookUpSubject } from '../grants/find-subject.ts';
import { explainAccess } from '../roles/explain-access.ts';
import { MAX_BODY, type ManagementExchange, NO_STORE, originOf } from './exchange-parts.ts';

/** `/access/grants` and `/access/explain`. */
export function grantHandlers(service: AccessService) {
  const { facts } = service;
  const readCreation = bodyReader(GrantCreation, MAX_BODY);
  const readQuery = queryReader(ACCESS_ROUTES.listGrants.query);
  const readExplained = queryReader(ACCESS_ROUTES.explainAccess.query);

  async function describe(id: string): Promise<DescribedGrant> {
    const grant = await requireGrant(facts, id);
    const [described] = await describeGrants(facts, [grant]);
    return described ?? { grant, subject: grant.subject, registry: grant.registryId };
  }

  /** Nobody has no grants: whoever may not know of a subject does not learn of it here. */
  async function listPage({ query, identity }: ManagementExchange) {
    const { registry, subject: name, ...page } = readQuery(query);
    const found = name === undefined ? undefined : await lookUpSubject(facts, name);
    if (found === null) return { items: [], next: null };
    const registryId = identity.registry?.id ?? (registry === '*' ? '*' : undefined);
    return await listGrants(facts, { ...page, registryId, subject: found?.subject });
  }

  return {
    async listGrants(exchange: ManagementExchange) {
      const { registry } = exchange.identity;
      const page = await listPage(exchange);
      const registries = new Map(registry && [[registry.id, registry.name]]);
      const items = (await describeGrants(facts, page.items, { registries })).map(viewGrant);
      sendJson(exchange.response, 200, { items, next: page.next }, NO_STORE);
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
      const Location = formatPath(ACCESS_ROUTES.getGrant.pattern, { id: described.grant.id });
      const headers = { ...NO_STORE, Location };
      sendResource(exchange, { ...resourceOf(described), status: 201, headers });
    },
    async getGrant(exchange: ManagementExchange) {
      sendResource(exchange, resourceOf(await describe(exchange.params.id ?? '')));
    },
    async deleteGrant(exchange: ManagementExchange) {
      const { request, response, params, identity } = exchange;
      await deleteGrant(facts, {
        id: params.id ?? '',
        principal: identity.principal,
        origin: originOf(exchange),
        requireVersion: versionRequirement(request),
      });
      sendEmpty(response, 204);
    },
    async explainAccess({ query, response, identity }: ManagementExchange) {
      const { subject, image, action } = readExplained(query);
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

function resourceOf(described: DescribedGrant) {
  return { tag: etag(described.grant.version), body: viewGrant(described), headers: NO_STORE };
}

function viewGrant({ grant, subject, registry }: DescribedGrant): GrantResource {
  const { id, role, createdAt, updatedAt, createdBy } = grant;
  return { id, subject, registry, role, createdAt, updatedAt, createdBy };
}

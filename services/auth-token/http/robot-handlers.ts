import { ACCESS_ROUTES, RobotCreation, RobotPatch, type RobotResource } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import {
  bodyReader,
  etag,
  formatPath,
  HttpError,
  type ManagementIdentity,
  patchReader,
  queryReader,
  type RegistryFacts,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import type { AccessService } from '../access-service.ts';
import type { Robot } from '../documents/account.ts';
import { createRobot } from '../robots/create-robot.ts';
import { deleteRobot } from '../robots/delete-robot.ts';
import { listRobots, registryNameOf, requireRobot } from '../robots/find-robot.ts';
import { type RobotSettings, updateRobot } from '../robots/update-robot.ts';
import { MAX_BODY, type ManagementExchange, NO_STORE, originOf, parseExpiry } from './exchange-parts.ts';

/** `/access/robots`. */
export function robotHandlers({ facts, lastUses }: AccessService) {
  const readQuery = queryReader(ACCESS_ROUTES.listRobots.query);
  const readCreation = bodyReader(RobotCreation, MAX_BODY);
  const readPatch = patchReader(RobotPatch, MAX_BODY);

  async function viewRobots(robots: readonly (Robot & Stored)[]): Promise<RobotResource[]> {
    const uses = await lastUses.read(robots.map(({ id }) => id));
    return robots.map((robot, place) => viewRobot(robot, uses[place] ?? null));
  }
  async function resourceOf(robot: Robot & Stored) {
    const [body] = await viewRobots([robot]);
    return { tag: etag(robot.version, body), body, headers: NO_STORE };
  }

  return {
    async listRobots({ query, response, identity }: ManagementExchange) {
      const { registry: _, ...page } = readQuery(query);
      const { items, next } = await listRobots(facts, { ...page, registryId: identity.registry?.id });
      sendJson(response, 200, { items: await viewRobots(items), next }, NO_STORE);
    },
    async createRobot(exchange: ManagementExchange) {
      const creation = await readCreation(exchange.request);
      const { name, role, description = '', expiresAt } = creation;
      const { robot, secret } = await createRobot(facts, {
        registry: requireOneRegistry(exchange.identity),
        robot: { name, role, description, ...parseExpiry(expiresAt, facts.clock()) },
        origin: originOf(exchange),
      });
      const { tag, body } = await resourceOf(robot);
      const Location = formatPath(ACCESS_ROUTES.getRobot.pattern, { id: robot.id });
      const headers = { ...NO_STORE, Location };
      sendResource(exchange, { status: 201, tag, body: { ...body, secret }, headers });
    },
    async getRobot(exchange: ManagementExchange) {
      sendResource(exchange, await resourceOf(await requireRobot(facts, exchange.params.id ?? '')));
    },
    async updateRobot(exchange: ManagementExchange) {
      const { request, params } = exchange;
      const robot = await updateRobot(facts, {
        id: params.id ?? '',
        patch: async (current) => checked(current, await readPatch(request, current)),
        origin: originOf(exchange),
        requireVersion: versionRequirement(request),
      });
      sendResource(exchange, await resourceOf(robot));
    },
    async deleteRobot(exchange: ManagementExchange) {
      const { request, response, params } = exchange;
      await deleteRobot(facts, {
        id: params.id ?? '',
        origin: originOf(exchange),
        requireVersion: versionRequirement(request),
      });
      sendEmpty(response, 204);
    },
  };

  /** An expiry that is over may stay as it is, but not be set. */
  function checked(
    current: RobotSettings,
    { expiresAt, ...settings }: Omit<RobotSettings, 'expiresAt'> & { expiresAt?: string | null },
  ): RobotSettings {
    const isKept = expiresAt === current.expiresAt;
    return { ...settings, ...(isKept ? keptExpiry(current) : parseExpiry(expiresAt, facts.clock())) };
  }
}

function keptExpiry({ expiresAt }: RobotSettings): Pick<RobotSettings, 'expiresAt'> {
  return expiresAt === undefined ? {} : { expiresAt };
}

function requireOneRegistry({ registry }: ManagementIdentity): RegistryFacts {
  if (registry !== undefined) return registry;
  const problem = { path: '/registry', message: 'must name one registry: a robot belongs to it (got "*")' };
  throw new HttpError(400, 'BODY_INVALID', `the body is not valid: ${problem.path} ${problem.message}`, {
    errors: [problem],
  });
}

function viewRobot(robot: Robot & Stored, lastUsedAt: string | null): RobotResource {
  const { id, name, username, role, description, enabled, expiresAt = null } = robot;
  const { createdAt, updatedAt, createdBy } = robot;
  return {
    id,
    registry: registryNameOf(robot),
    name,
    username,
    role,
    description,
    enabled,
    expiresAt,
    lastUsedAt,
    createdAt,
    updatedAt,
    createdBy,
  };
}

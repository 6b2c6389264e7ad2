import { RobotCreation, RobotPatch, type RobotResource } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import {
  bodyReader,
  formatPath,
  HttpError,
  type ManagementIdentity,
  parsePage,
  patchReader,
  type RegistryFacts,
  requireIfMatch,
  sendEmpty,
  sendJson,
} from '@berth/http';
import type { AccessService } from '../access-service.ts';
import type { Robot } from '../documents/account.ts';
import { createRobot } from '../robots/create-robot.ts';
import { deleteRobot } from '../robots/delete-robot.ts';
import { listRobots, registryNameOf, requireRobot } from '../robots/find-robot.ts';
import { type RobotSettings, updateRobot } from '../robots/update-robot.ts';
import {
  MAX_BODY,
  type ManagementExchange,
  NO_STORE,
  originOf,
  parseExpiry,
  sendRead,
  sendResource,
} from './exchange-parts.ts';

/** `/access/robots`. */
export function robotHandlers({ facts, lastUses }: AccessService) {
  const readCreation = bodyReader(RobotCreation, MAX_BODY);
  const readPatch = patchReader(RobotPatch, MAX_BODY);

  async function viewRobots(robots: readonly (Robot & Stored)[]): Promise<RobotResource[]> {
    const uses = await lastUses.read(robots.map(({ id }) => id));
    return robots.map((robot, place) => viewRobot(robot, uses[place] ?? null));
  }
  async function resourceOf(robot: Robot & Stored) {
    const [body] = await viewRobots([robot]);
    return { version: robot.version, body: body as RobotResource };
  }

  return {
    async listRobots({ query, response, identity }: ManagementExchange) {
      const registryId = identity.registry?.id;
      const { items, next } = await listRobots(facts, { ...parsePage(query), registryId });
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
      const { version, body } = await resourceOf(robot);
      const location = formatPath('/api/v1/access/robots/{id}', { id: robot.id });
      sendResource(exchange.response, { status: 201, version, body: { ...body, secret }, location });
    },
    async getRobot(exchange: ManagementExchange) {
      sendRead(exchange, await resourceOf(await requireRobot(facts, exchange.params.id ?? '')));
    },
    async updateRobot(exchange: ManagementExchange) {
      const { request, response, params } = exchange;
      const robot = await updateRobot(facts, {
        id: params.id ?? '',
        patch: async (current) => checked(current, await readPatch(request, current)),
        origin: originOf(exchange),
        requireVersion: (version) => requireIfMatch(request, version),
      });
      sendResource(response, await resourceOf(robot));
    },
    async deleteRobot(exchange: ManagementExchange) {
      const { request, response, params } = exchange;
      await deleteRobot(facts, {
        id: params.id ?? '',
        origin: originOf(exchange),
        requireVersion: (version) => requireIfMatch(request, version),
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

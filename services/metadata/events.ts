import type { Actor, EventData, EventType, Via } from '@berth/contracts';
import { type OutboxEvent, outboxEvent } from '@berth/document-store';
import type { Artifact } from './documents/artifact.ts';
import type { Facts } from './facts.ts';
import type { RegistryDocument } from './registries/find-registry.ts';
import type { RepositoryScope } from './repository-scope.ts';

/** Who changes something, by which door and from where. */
export interface Origin {
  readonly actor: Actor;
  readonly via: Via;
  /** The client's, where there is one. */
  readonly address?: string;
}

/** The platform itself, where it mends what nobody is known to have done. */
export const BERTH: Origin = { actor: { id: 'berth', kind: 'service', name: 'berth' }, via: 'api' };

type ArtifactFacts = Pick<Artifact, 'digest' | 'mediaType' | 'artifactType' | 'sizeBytes'>;

interface EventOf<T extends EventType> {
  readonly type: T;
  readonly subject: string;
  readonly registryName: string;
  readonly data: EventData<T>;
}

export function artifactPushed(
  facts: Facts,
  push: {
    scope: RepositoryScope;
    artifact: ArtifactFacts;
    origin: Origin;
    tag?: string | undefined;
    unchanged: boolean;
    /** It belongs to another artifact. */
    attached: boolean;
    sequence: number;
  },
): OutboxEvent {
  const { scope, artifact, tag } = push;
  return told(facts, {
    type: 'artifact.pushed',
    subject:
      tag === undefined ? `${repositoryName(scope)}@${artifact.digest}` : `${repositoryName(scope)}:${tag}`,
    registryName: scope.registry.name,
    data: {
      ...artifactData(scope, artifact, push),
      ...(tag === undefined ? {} : { tag }),
      ...(push.unchanged ? { unchanged: true } : {}),
    },
  });
}

export function artifactGone(
  facts: Facts,
  deletion: {
    type: 'artifact.deleted' | 'artifact.purged';
    scope: RepositoryScope;
    artifact: ArtifactFacts;
    /** It belonged to another artifact. */
    attached: boolean;
    origin: Origin;
    sequence: number;
  },
): OutboxEvent {
  const { type, scope, artifact } = deletion;
  return told(facts, {
    type,
    subject: `${repositoryName(scope)}@${artifact.digest}`,
    registryName: scope.registry.name,
    data: artifactData(scope, artifact, deletion),
  });
}

export function tagUpdated(
  facts: Facts,
  move: {
    scope: RepositoryScope;
    tag: string;
    digest: string;
    previousDigest?: string | undefined;
    origin: Origin;
    sequence: number;
  },
): OutboxEvent {
  const { scope, tag, digest, previousDigest } = move;
  return told(facts, {
    type: 'tag.updated',
    subject: `${repositoryName(scope)}:${tag}`,
    registryName: scope.registry.name,
    data: {
      ...common(scope.registry, move),
      image: scope.image,
      tag,
      digest,
      ...(previousDigest === undefined ? {} : { previousDigest }),
    },
  });
}

export function tagDeleted(
  facts: Facts,
  deletion: { scope: RepositoryScope; tag: string; digest: string; origin: Origin; sequence: number },
): OutboxEvent {
  const { scope, tag, digest } = deletion;
  return told(facts, {
    type: 'tag.deleted',
    subject: `${repositoryName(scope)}:${tag}`,
    registryName: scope.registry.name,
    data: { ...common(scope.registry, deletion), image: scope.image, tag, digest },
  });
}

interface RegistryChange {
  readonly registry: Pick<RegistryDocument, 'id' | 'name'>;
  readonly origin: Origin;
  readonly sequence: number;
}

export function registryCreated(
  facts: Facts,
  creation: RegistryChange & { readonly visibility: RegistryDocument['visibility'] },
): OutboxEvent {
  const { registry, visibility } = creation;
  return told(facts, {
    type: 'registry.created',
    ...ofRegistry(registry),
    data: { ...common(registry, creation), visibility },
  });
}

export function registryUpdated(
  facts: Facts,
  update: RegistryChange & {
    /** The names of the fields. */
    readonly changes: readonly string[];
    /** The new one, where that is among them. */
    readonly visibility?: RegistryDocument['visibility'] | undefined;
  },
): OutboxEvent {
  const { registry, changes, visibility } = update;
  return told(facts, {
    type: 'registry.updated',
    ...ofRegistry(registry),
    data: {
      ...common(registry, update),
      changes: [...changes],
      ...(visibility === undefined ? {} : { visibility }),
    },
  });
}

export function registryDeleted(facts: Facts, deletion: RegistryChange): OutboxEvent {
  const { registry } = deletion;
  return told(facts, {
    type: 'registry.deleted',
    ...ofRegistry(registry),
    data: common(registry, deletion),
  });
}

export function protectionChanged(
  facts: Facts,
  change: {
    type: 'protection.created' | 'protection.updated' | 'protection.deleted';
    registry: Pick<RegistryDocument, 'id' | 'name'>;
    policy: { readonly id: string; readonly name: string };
    /** The names of the fields. */
    changes?: readonly string[];
    origin: Origin;
    sequence: number;
  },
): OutboxEvent {
  const { type, registry, policy, changes } = change;
  return told(facts, {
    type,
    subject: `protection/policies/${policy.id}`,
    registryName: registry.name,
    data: {
      ...common(registry, change),
      object: { kind: 'protectionPolicy', id: policy.id, name: policy.name },
      ...(changes === undefined ? {} : { changes: [...changes] }),
    },
  });
}

function ofRegistry({ name }: Pick<RegistryDocument, 'name'>) {
  return { subject: name, registryName: name };
}

function repositoryName(scope: RepositoryScope): string {
  return `${scope.registry.name}/${scope.image}`;
}

function common(
  registry: Pick<RegistryDocument, 'id' | 'name'>,
  change: { origin: Origin; sequence: number },
) {
  return { registry: registry.name, registryId: registry.id, ...change.origin, sequence: change.sequence };
}

function artifactData(
  scope: RepositoryScope,
  artifact: ArtifactFacts,
  change: { origin: Origin; attached: boolean; sequence: number },
): EventData<'artifact.deleted'> {
  return {
    ...common(scope.registry, change),
    image: scope.image,
    digest: artifact.digest,
    mediaType: artifact.mediaType,
    ...(artifact.artifactType === undefined ? {} : { artifactType: artifact.artifactType }),
    size: artifact.sizeBytes,
    ...(change.attached ? { attached: true } : {}),
  };
}

function told<T extends EventType>(facts: Facts, { registryName, ...event }: EventOf<T>): OutboxEvent {
  return outboxEvent(facts, { ...event, source: `/api/v1/registries/${registryName}` });
}

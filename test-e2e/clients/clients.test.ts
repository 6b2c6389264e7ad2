import { temporaryFolder } from '@berth/testing';
import { afterAll, beforeAll } from '@jest/globals';
import type { E2eTarget } from '../support/e2e-target.ts';
import { describeWith } from '../support/needs-programs.ts';
import { startTarget } from '../support/start-target.ts';
import type { ClientKind } from './client-driver.ts';
import { crane } from './drivers/crane.ts';
import { docker } from './drivers/docker.ts';
import { oras } from './drivers/oras.ts';
import { regctl } from './drivers/regctl.ts';
import { skopeo } from './drivers/skopeo.ts';
import { clientScenarios } from './scenarios.ts';

const KINDS: readonly ClientKind[] = [docker, skopeo, crane, oras, regctl];

let target: E2eTarget;
let folder: string;

beforeAll(async () => {
  target = await startTarget();
  folder = await temporaryFolder();
});

afterAll(() => target?.stop());

for (const kind of KINDS) {
  describeWith({ programs: kind.programs, obstacle: kind.obstacle?.() ?? null }, kind.name, () => {
    clientScenarios(kind, async () => ({ target, folder }));
  });
}

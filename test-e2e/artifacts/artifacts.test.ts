import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readLayout, writeLayout } from '../images/oci-layout.ts';
import { diffIds, indexOf, makeImage } from '../images/test-image.ts';
import type { E2eTarget } from '../support/e2e-target.ts';
import { describeWith } from '../support/needs-programs.ts';
import { startTarget } from '../support/start-target.ts';
import { type ArtifactClients, loggedInClients } from './artifact-clients.ts';

let target: E2eTarget;
let clients: ArtifactClients;
let host: string;

beforeAll(async () => {
  target = await startTarget();
  host = target.host;
  await target.createRegistry('lab');
  clients = await loggedInClients(target, await temporaryFolder());
});

afterAll(() => target?.stop());

describe('a multi-architecture index', () => {
  const images = [makeImage([50_000], 'amd64'), makeImage([60_000, 10_000], 'arm64')];
  const index = indexOf(images);
  const layersOfAll = images.map(diffIds);

  describeWith({ programs: ['regctl', 'crane', 'skopeo', 'oras'] }, 'goes in by regctl and', () => {
    beforeAll(async () => {
      const layout = join(clients.folder, 'index');
      await writeLayout(layout, images);
      await clients.regctl('image', 'copy', `ocidir://${layout}:latest`, `${host}/lab/multi:1.0`);
    });

    test('has the digest it was pushed with', async () => {
      expect((await clients.crane('digest', '--insecure', `${host}/lab/multi:1.0`)).trim()).toBe(
        index.digest,
      );
    });

    test('comes out whole by skopeo, oras and regctl', async () => {
      const layouts = ['skopeo', 'oras', 'regctl'].map((name) => join(clients.folder, `whole-${name}`));
      const [bySkopeo = '', byOras = '', byRegctl = ''] = layouts;
      const reference = `${host}/lab/multi:1.0`;
      const policy = ['--insecure-policy', 'copy', '--all', '--preserve-digests', '--src-tls-verify=false'];
      await clients.skopeo(...policy, `docker://${reference}`, `oci:${bySkopeo}:latest`);
      await clients.oras('cp', '--from-plain-http', reference, '--to-oci-layout', `${byOras}:latest`);
      await clients.regctl('image', 'copy', reference, `ocidir://${byRegctl}:latest`);
      for (const layout of layouts) {
        expect(await readLayout(layout)).toEqual({ digest: index.digest, layers: layersOfAll });
      }
    });

    test.each(['amd64', 'arm64'])('gives crane the image for %s', async (architecture) => {
      const layout = join(clients.folder, `only-${architecture}`);
      const platform = ['--platform', `linux/${architecture}`];
      await clients.crane(
        'pull',
        '--insecure',
        '--format',
        'oci',
        ...platform,
        `${host}/lab/multi:1.0`,
        layout,
      );
      const image = images.find((candidate) => candidate.architecture === architecture);
      expect(await readLayout(layout)).toEqual({
        digest: image?.manifest.digest,
        layers: [image && diffIds(image)],
      });
    });
  });
});

describeWith({ programs: ['oras', 'regctl'] }, 'an artifact attached to an image', () => {
  const image = makeImage([20_000]);
  const subject = (): string => `${target.host}/lab/attached@${image.manifest.digest}`;
  const sbomType = 'application/vnd.example.sbom.v1';
  const scanType = 'application/vnd.example.scan.v1';

  beforeAll(async () => {
    const layout = join(clients.folder, 'attached');
    await writeLayout(layout, [image]);
    await clients.regctl('image', 'copy', `ocidir://${layout}:latest`, `${host}/lab/attached:1.0`);
    await writeFile(join(clients.folder, 'sbom.json'), '{"packages":[]}');
    await clients.oras(
      'attach',
      '--plain-http',
      '--artifact-type',
      sbomType,
      subject(),
      'sbom.json:application/json',
    );
    await writeFile(join(clients.folder, 'scan.txt'), 'nothing found');
    const put = ['artifact', 'put', '--artifact-type', scanType, '--subject', subject()];
    await clients.regctl(...put, '--file', join(clients.folder, 'scan.txt'));
  });

  test('is found by oras discover, all and by type', async () => {
    const discover = async (...args: string[]): Promise<string[]> => {
      const text = await clients.oras('discover', '--plain-http', '--format', 'json', ...args, subject());
      return JSON.parse(text)
        .referrers.map((entry: { artifactType: string }) => entry.artifactType)
        .sort();
    };
    expect(await discover()).toEqual([sbomType, scanType]);
    expect(await discover('--artifact-type', scanType)).toEqual([scanType]);
  });

  test('is found by regctl, with its content', async () => {
    const list = await clients.regctl(
      'artifact',
      'list',
      subject(),
      '--format',
      '{{jsonPretty .Descriptors}}',
    );
    const types = JSON.parse(list).map((entry: { artifactType: string }) => entry.artifactType);
    expect(types.sort()).toEqual([sbomType, scanType]);
    const content = await clients.regctl(
      'artifact',
      'get',
      '--subject',
      subject(),
      '--filter-artifact-type',
      sbomType,
    );
    expect(content.trim()).toBe('{"packages":[]}');
  });

  test('goes along when oras copies recursively', async () => {
    const layout = join(clients.folder, 'with-referrers');
    await clients.oras('cp', '-r', '--from-plain-http', subject(), '--to-oci-layout', `${layout}:latest`);
    const text = await clients.oras('discover', '--oci-layout', '--format', 'json', `${layout}:latest`);
    expect(JSON.parse(text).referrers).toHaveLength(2);
  });
});

describeWith({ programs: ['oras'] }, 'an artifact of plain files', () => {
  test('comes back as it went in', async () => {
    const files = { 'model.bin': 'weights', 'card.md': '# A model' };
    for (const [name, text] of Object.entries(files)) await writeFile(join(clients.folder, name), text);
    const type = ['--artifact-type', 'application/vnd.example.model.v1'];
    await clients.oras('push', '--plain-http', ...type, `${host}/lab/model:v1`, ...Object.keys(files));
    await clients.oras('pull', '--plain-http', '-o', 'model-out', `${host}/lab/model:v1`);
    for (const [name, text] of Object.entries(files)) {
      expect(await readFile(join(clients.folder, 'model-out', name), 'utf8')).toBe(text);
    }
  });
});

describeWith({ programs: ['helm'] }, 'a Helm chart', () => {
  test('is pushed and pulled, and comes back as it was', async () => {
    const chart = join(clients.folder, 'harbourmaster');
    await mkdir(join(chart, 'templates'), { recursive: true });
    await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: harbourmaster\nversion: 0.3.1\n');
    await writeFile(
      join(chart, 'templates', 'note.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\n',
    );
    await clients.helm('package', 'harbourmaster');
    await clients.helm('push', 'harbourmaster-0.3.1.tgz', `oci://${host}/lab/charts`, '--plain-http');
    const from = [`oci://${host}/lab/charts/harbourmaster`, '--version', '0.3.1', '--plain-http'];
    await mkdir(join(clients.folder, 'chart-out'));
    await clients.helm('pull', ...from, '-d', 'chart-out');
    const pushed = await readFile(join(clients.folder, 'harbourmaster-0.3.1.tgz'));
    expect(await readFile(join(clients.folder, 'chart-out', 'harbourmaster-0.3.1.tgz'))).toEqual(pushed);
    expect(await clients.helm('show', 'chart', ...from)).toContain('name: harbourmaster');
  });
});

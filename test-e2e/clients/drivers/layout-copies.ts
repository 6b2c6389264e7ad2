import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readLayout, writeLayout } from '../../images/oci-layout.ts';
import type { TestImage } from '../../images/test-image.ts';
import type { Pulled } from '../client-driver.ts';

/** For the clients that keep images as OCI layouts: a fresh folder for each push and pull. */
export interface LayoutCopies {
  written(image: TestImage): Promise<string>;
  fresh(reference: string): Promise<string>;
  read(folder: string): Promise<Pulled>;
  forget(reference: string): Promise<void>;
}

export function layoutCopies(folder: string): LayoutCopies {
  const pulled = new Map<string, string>();
  return {
    async written(image) {
      const layout = await mkdtemp(join(folder, 'push-'));
      await writeLayout(layout, [image]);
      return layout;
    },
    async fresh(reference) {
      const layout = await mkdtemp(join(folder, 'pull-'));
      pulled.set(reference, layout);
      return layout;
    },
    async read(layout) {
      return { diffIds: (await readLayout(layout)).layers[0] ?? [] };
    },
    async forget(reference) {
      const layout = pulled.get(reference);
      if (layout === undefined) throw new Error(`${reference} was not pulled`);
      await rm(layout, { recursive: true });
    },
  };
}

/** The name a client takes: with the host in front. */
export function remote(host: string, reference: string): string {
  return `${host}/${reference}`;
}

/** `acme/web:1.0` → `acme/web`, also from a digest reference. */
export function repositoryOf(reference: string): string {
  return reference.split(/[:@]/, 1)[0] ?? reference;
}

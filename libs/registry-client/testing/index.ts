export {
  type BuiltManifest,
  buildArtifact,
  buildImage,
  buildIndex,
  pushManifest,
  randomLayers,
} from './build-image.ts';
export { createTrustingClient } from './trusting-client.ts';

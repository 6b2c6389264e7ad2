export {
  type BuiltManifest,
  buildArtifact,
  buildImage,
  buildIndex,
  pushManifest,
  randomLayers,
} from './build-image.ts';

import type { Level } from './run-conformance.ts';

/** What the suite leaves out by its own nature at each level, and why. Anything else that is skipped is a fault of ours. */
export const EXPECTED_SKIPS: Readonly<Record<Level, Readonly<Record<string, string>>>> = {
  '1.1': {
    'sha256 blobs/post cancel/blob-post-cancel':
      'cancelling an upload is not part of 1.1: disabled in the suite',
    'sha512 blobs/post cancel/blob-post-cancel':
      'cancelling an upload is not part of 1.1: disabled in the suite',
  },
  '1.1+dev': {},
};

/** Verdicts other than `Pass` that belong to a level. */
export const EXPECTED_VERDICTS: Readonly<Record<Level, Readonly<Record<string, string>>>> = {
  '1.1': {
    'Blob upload cancel': 'Disabled',
    'Manifest put with tag params': 'Disabled',
    'Sparse Manifests': 'Disabled',
    'Tag Param': 'Disabled',
    'Tag Param sha512': 'Disabled',
  },
  // Missing children are a setting of a registry, off by default.
  '1.1+dev': { 'Sparse Manifests': 'Disabled' },
};

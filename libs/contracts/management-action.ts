/**
 * What a management route needs. `viewer`…`maintainer` is the least role on the registry that the request is about, or
 * in all registries where it is about none; `admin` the system administrator; `signedIn` anyone known; `public` no
 * credential.
 */
export type ManagementAction =
  | 'public'
  | 'signedIn'
  | 'viewer'
  | 'uploader'
  | 'developer'
  | 'maintainer'
  | 'admin';

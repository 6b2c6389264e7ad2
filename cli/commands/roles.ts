/** What can be given, from most to least. */
export const ROLES = ['maintainer', 'developer', 'uploader', 'viewer'] as const;

/**
 * What a `/v2` route needs. `repository` actions are on the repository that the path names; `pullOrPush` is what HEAD
 * needs (pushers check before they send); `catalog` is any signed-in user's; `login` any valid credential;
 * `public` needs nothing.
 */
export type RegistryAction = 'pull' | 'push' | 'delete' | 'pullOrPush' | 'catalog' | 'login' | 'public';

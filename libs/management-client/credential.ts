/** What a request proves who asks with: a password, key or robot secret each time, or the token of a session. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'session'; readonly token: string };

/** The value of `Authorization`. */
export function authorizationOf(credential: Credential): string {
  return credential.kind === 'session'
    ? `Bearer ${credential.token}`
    : `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;
}

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type CertificateFiles, makeCertificate } from '@berth/testing';

/** A certificate for 127.0.0.1 by an authority that nobody trusts by default; `authority` is the path of that one's certificate. */
export function certifyByOwnAuthority(folder: string): {
  readonly server: CertificateFiles;
  readonly authority: string;
} {
  const authority = makeCertificate(folder, 'authority');
  const server = { certificate: join(folder, 'server.pem'), key: join(folder, 'server.key') };
  const request = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=server'];
  const extensions = ['subjectAltName=IP:127.0.0.1', 'basicConstraints=critical,CA:FALSE'];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', ...request, '-days', '2', '-CA', authority.certificate, '-CAkey', authority.key],
      ...extensions.flatMap((extension) => ['-addext', extension]),
      ...['-keyout', server.key, '-out', server.certificate],
    ],
    { stdio: 'ignore' },
  );
  return { server, authority: authority.certificate };
}

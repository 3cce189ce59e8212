/**
 * What keeps everybody but SeaweedFS itself from its inner servers (master, volumes, filer, admin), which
 * listen on loopback beside its S3 server and by default serve every process of the machine.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Unavailable } from '@honyaku/contracts';
import { secretIn } from './secret.ts';
import { systemProgram } from './tied-command.ts';

const servers = ['MASTER', 'VOLUME', 'FILER', 'S3', 'ADMIN', 'WORKER', 'CLIENT'] as const;
const signedRequests = ['SIGNING', 'SIGNING_READ', 'FILER_SIGNING', 'FILER_SIGNING_READ'] as const;
/** SeaweedFS's default of 10 s is too short for an upload on a busy machine. */
const signatureSeconds = '600';
const opensslMilliseconds = 30_000;

/**
 * Environment variables for `weed`: keys by which its servers sign what they ask of each other over HTTP, and
 * a certificate by which they recognise each other over gRPC.
 * @param folder keeps the certificate with its key
 * @throws Unavailable when openssl is missing or fails
 */
export async function innerSecurity(folder: string): Promise<Record<string, string>> {
  const name = 'weed-certificate.pem';
  await secretIn(folder, name, madeCertificate);
  const certificate = join(folder, name);
  return {
    WEED_GRPC_CA: certificate,
    ...Object.fromEntries(
      servers.flatMap((server) => [
        [`WEED_GRPC_${server}_CERT`, certificate],
        [`WEED_GRPC_${server}_KEY`, certificate],
      ]),
    ),
    ...Object.fromEntries(
      signedRequests.flatMap((request) => [
        [`WEED_JWT_${request}_KEY`, randomBytes(24).toString('hex')],
        [`WEED_JWT_${request}_EXPIRES_AFTER_SECONDS`, signatureSeconds],
      ]),
    ),
  };
}

/** A key and a certificate that is its own authority, as PEM: to show it one has to have the key. */
async function madeCertificate(): Promise<string> {
  const openssl = systemProgram('openssl', 'openssl');
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const rest = ['-days', '36500', '-subj', '/CN=honyaku', '-keyout', '-'];
  try {
    const made = await promisify(execFile)(openssl, [...words, ...rest], { timeout: opensslMilliseconds });
    return made.stdout;
  } catch (cause) {
    throw new Unavailable('openssl made no certificate for the object store', { cause });
  }
}

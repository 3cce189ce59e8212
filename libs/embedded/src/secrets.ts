/** Secrets that keep everybody but their owner from the embedded servers. */
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '@honyaku/contracts';
import { generate } from 'selfsigned';

interface SecretKind {
  readonly make: () => Promise<string>;
  /** What a whole one looks like. */
  readonly form: RegExp;
}

const randomSecret: SecretKind = {
  make: () => Promise.resolve(randomBytes(24).toString('hex')),
  form: /^[0-9a-f]{48}$/,
};

/**
 * A secret that stays the same for a folder, in a file that only its owner reads. One that a loss of power left empty or
 * broken is made anew: no server has its data encrypted by it.
 */
export async function secretIn(
  folder: string,
  name: string,
  { make, form }: SecretKind = randomSecret,
): Promise<string> {
  const path = join(folder, name);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const found = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== undefined && form.test(found)) return found;
  try {
    await writeFile(draft, await make(), { mode: 0o600, flag: 'wx', flush: true });
    // The name appears with the whole secret behind it, or not at all, whoever else is at it.
    await (found === undefined ? link(draft, path) : rename(draft, path));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

const servers = ['MASTER', 'VOLUME', 'FILER', 'S3', 'ADMIN', 'WORKER', 'CLIENT'] as const;
const signedRequests = ['SIGNING', 'SIGNING_READ', 'FILER_SIGNING', 'FILER_SIGNING_READ'] as const;
/** SeaweedFS's default of 10 s is too short for an upload on a busy machine. */
const signatureSeconds = '600';
/** As long as anybody keeps a folder. */
const lifetimeMilliseconds = 100 * 365 * 24 * 3600 * 1000;

/**
 * SeaweedFS's inner servers (master, volumes, filer, admin) listen on loopback beside its S3 server and by default serve
 * every process of the machine. These environment variables for `weed` keep everybody but itself out: keys by which its
 * servers sign what they ask of each other over HTTP, and a certificate by which they recognise each other over gRPC.
 * @param folder keeps the certificate with its key
 */
export async function innerSecurity(folder: string): Promise<Record<string, string>> {
  const name = 'weed-certificate.pem';
  await secretIn(folder, name, { make: madeCertificate, form: wholeCertificate });
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

const wholeCertificate = /^-----BEGIN [A-Z ]*PRIVATE KEY-----[^]+-----END CERTIFICATE-----\s*$/;

/** A key and a certificate that is its own authority, as PEM: to show it one has to have the key. */
async function madeCertificate(): Promise<string> {
  const made = await generate([{ name: 'commonName', value: 'honyaku' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + lifetimeMilliseconds),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true },
    ],
  });
  return `${made.private}\n${made.cert}`;
}

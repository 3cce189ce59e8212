import { describe, expect, it } from 'vitest';
import { ApiEnvironment, readEnvironment, WorkerEnvironment } from './environment.ts';
import { InvalidInput } from './errors.ts';

const needed = {
  HONYAKU_REDIS_URL: 'redis://:password@127.0.0.1:6379',
  HONYAKU_S3_ENDPOINT: 'http://127.0.0.1:8333',
  HONYAKU_S3_BUCKET: 'honyaku',
  AWS_ACCESS_KEY_ID: 'AKIA0000',
  AWS_SECRET_ACCESS_KEY: 'wJalr/XUtn+FEMI',
  HONYAKU_CACHE_DIR: '/var/cache/honyaku',
};
const api = (settings: NodeJS.ProcessEnv) => readEnvironment(ApiEnvironment, { ...needed, ...settings });
const worker = (settings: NodeJS.ProcessEnv) =>
  readEnvironment(WorkerEnvironment, { ...needed, ...settings });

describe('settings', () => {
  it('keep the defaults of earlier versions', () => {
    expect(api({})).toMatchObject({
      HONYAKU_HOST: '127.0.0.1',
      HONYAKU_API_PORT: 7400,
      HONYAKU_S3_REGION: 'us-east-1',
      HONYAKU_REDIS_PREFIX: 'honyaku',
      HONYAKU_LOG_LEVEL: 'info',
    });
    expect(worker({})).toMatchObject({
      HONYAKU_WORKER_ROLES: ['preprocess', 'trials'],
      HONYAKU_WORKER_PORT: 0,
      HONYAKU_CACHE_BYTES: 20 * 1024 ** 3,
      HONYAKU_CHECKPOINT_SECONDS: 300,
    });
  });

  it('may end in a line break, as the contents of files and secrets do', () => {
    const settings = Object.fromEntries(Object.entries(needed).map(([name, value]) => [name, `${value}\n`]));
    expect(
      api({ ...settings, HONYAKU_API_TOKEN: '0123456789abcdef\r\n', HONYAKU_API_PORT: '7401\n' }),
    ).toEqual(api({ HONYAKU_API_TOKEN: '0123456789abcdef', HONYAKU_API_PORT: '7401' }));
    expect(worker({ HONYAKU_WORKER_ROLES: 'trials, preprocess ,trials\n' }).HONYAKU_WORKER_ROLES).toEqual([
      'trials',
      'preprocess',
    ]);
  });

  it('accept IPv6 addresses of Redis, of the object store and to listen on', () => {
    const settings = {
      HONYAKU_REDIS_URL: 'redis://:password@[::1]:6379/2',
      HONYAKU_S3_ENDPOINT: 'http://[::1]:8333/',
      HONYAKU_HOST: '[::1]',
    };
    expect(api(settings)).toMatchObject({ ...settings, HONYAKU_HOST: '::1' });
  });

  it('accept a Redis password with percent-encoded special characters', () => {
    const url = `redis://user:${encodeURIComponent('%#/?@: é')}@127.0.0.1:6379/0`;
    expect(api({ HONYAKU_REDIS_URL: url }).HONYAKU_REDIS_URL).toBe(url);
  });

  it.each([
    ['HONYAKU_REDIS_URL', undefined, 'is not set'],
    ['HONYAKU_REDIS_URL', 'redis://:hidden%zz@127.0.0.1:6379', '% is written %25'],
    ['HONYAKU_REDIS_URL', 'redis://:hidden%@127.0.0.1:6379', '% is written %25'],
    ['HONYAKU_REDIS_URL', 'redis://:hidden#x@127.0.0.1:6379', '# is %23'],
    ['HONYAKU_REDIS_URL', 'redis://:hidden/x@127.0.0.1:6379', '/ is %2F'],
    ['HONYAKU_REDIS_URL', 'redis://user:6379/hidden@127.0.0.1:6379', '/ is %2F'],
    ['HONYAKU_REDIS_URL', 'redis://user:6379?hidden@127.0.0.1:6379', '? is %3F'],
    ['HONYAKU_REDIS_URL', 'http://hidden:6379', 'redis://'],
    ['HONYAKU_REDIS_URL', 'redis://127.0.0.1:6379/hidden', 'number of the database'],
    ['HONYAKU_REDIS_URL', 'redis://127.0.0.1:6379/0?keyPrefix=hidden', 'number of the database'],
    ['HONYAKU_REDIS_PREFIX', 'hidden:a', 'may have letters'],
    ['HONYAKU_REDIS_PREFIX', '{hidden}', 'may have letters'],
    ['HONYAKU_S3_ENDPOINT', 'http://127.0.0.1:8333/hidden', 'a path is not supported'],
    ['HONYAKU_S3_ENDPOINT', 'http://user:hidden@127.0.0.1:8333', 'must not have credentials'],
    ['HONYAKU_S3_ENDPOINT', '127.0.0.1:8333', 'must be an address such as http://host:port'],
    ['HONYAKU_S3_ENDPOINT', 'http://', 'must be an address such as http://host:port'],
    ['HONYAKU_S3_BUCKET', 'hidden/bucket', '3 to 255 letters'],
    ['HONYAKU_S3_BUCKET', '10.0.0.1', 'not an address'],
    ['HONYAKU_S3_REGION', '', 'is empty'],
    ['AWS_SECRET_ACCESS_KEY', 'hidden\nkey', 'line break'],
    ['AWS_SECRET_ACCESS_KEY', 'hiddén', 'of ASCII'],
    ['AWS_SESSION_TOKEN', '', 'is empty'],
    ['HONYAKU_API_TOKEN', '', 'is empty'],
    ['HONYAKU_API_TOKEN', 'hidden', 'at least 16 characters'],
    ['HONYAKU_API_TOKEN', 'hiddén hidden hidden', 'of ASCII'],
    ['HONYAKU_WEBHOOK_SECRET', 'whsec_hidden', 'whsec_ and at least 24 bytes'],
    ['HONYAKU_HOST', 'http://hidden', 'host name or an IP address'],
    ['HONYAKU_HOST', 'hidden:7400', 'host name or an IP address'],
    ['HONYAKU_API_PORT', '', 'is empty'],
    ['HONYAKU_API_PORT', '0x1F', 'whole number'],
    ['HONYAKU_API_PORT', '65536', '65535'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'hidden:4318', 'http://collector:4318'],
    ['HONYAKU_LOG_LEVEL', 'hidden', '"debug"'],
  ])('are refused when %s is %j, without disclosing the value', (name, value, wanted) => {
    const failure = failureOf(() => api({ [name]: value }));
    expect(failure).toContain(`${name}: `);
    expect(failure).toContain(wanted);
    expect(failure).not.toMatch(/hidd[eé]n/i);
  });

  it.each([
    ['HONYAKU_WORKER_ROLES', 'trials,hidden', '"preprocess"'],
    ['HONYAKU_WORKER_ROLES', ',', '"preprocess"'],
    ['HONYAKU_WORKER_NAME', '', 'is empty'],
    ['HONYAKU_POD_NAME', '', 'is empty'],
    ['HONYAKU_CACHE_DIR', undefined, 'is not set'],
    ['HONYAKU_CACHE_DIR', ' ', 'is empty'],
    ['HONYAKU_CACHE_BYTES', '', 'is empty'],
    ['HONYAKU_CACHE_BYTES', '20GiB', 'whole number'],
    ['HONYAKU_CHECKPOINT_SECONDS', '', 'is empty'],
    ['HONYAKU_CHECKPOINT_SECONDS', '0.05', '0.1'],
    ['HONYAKU_CHECKPOINT_SECONDS', '99999999', '86400'],
  ])('of a worker are refused when %s is %j', (name, value, wanted) => {
    const failure = failureOf(() => worker({ [name]: value }));
    expect(failure).toContain(name);
    expect(failure).toContain(wanted);
    expect(failure).not.toContain('hidden');
  });
});

function failureOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  return 'nothing was wrong';
}

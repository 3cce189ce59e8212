/** The environment variables of the services, read once at start-up into one typed object. */
import { z } from 'zod';
import { describeIssues } from './json.ts';
import { InvalidInput } from './errors.ts';
import { bareUrl, bucketName, hostName, redisUrl, secret, text, wholeNumber } from './setting.ts';

const port = wholeNumber({ min: 0, max: 65_535 });
const loopback = '127.0.0.1';

/** The prefix of keys, queues and channels in Redis that version 0.1.0 used. */
export const defaultRedisPrefix = 'honyaku';

const connections = {
  HONYAKU_REDIS_URL: redisUrl,
  /** Must differ between installations that share a Redis. */
  HONYAKU_REDIS_PREFIX: text
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'may have letters, digits, dots, dashes and underscores, 64 at most')
    .default(defaultRedisPrefix),
  HONYAKU_S3_ENDPOINT: bareUrl(['http', 'https']),
  HONYAKU_S3_BUCKET: bucketName,
  HONYAKU_S3_REGION: text.regex(/^[\w-]+$/, 'may have letters, digits and dashes').default('us-east-1'),
  AWS_ACCESS_KEY_ID: secret,
  AWS_SECRET_ACCESS_KEY: secret,
  /** For temporary credentials, which are not renewed: a new token needs a restart. */
  AWS_SESSION_TOKEN: secret.optional(),
};
const serving = {
  /** Address to listen on. */
  HONYAKU_HOST: hostName.default(loopback),
  /** URL of an OpenTelemetry collector (OTLP over HTTP); without it there are no traces. */
  OTEL_EXPORTER_OTLP_ENDPOINT: text
    .pipe(z.url({ protocol: /^https?$/, error: 'must be an address such as http://collector:4318' }))
    .optional(),
  HONYAKU_LOG_LEVEL: text.pipe(z.enum(['debug', 'info', 'warn', 'error', 'silent'])).default('info'),
};

export const ApiEnvironment = z.object({
  ...connections,
  ...serving,
  HONYAKU_API_PORT: port.default(7400),
  /** Endpoint of the object store in presigned URLs, if clients reach it at a different one than the API. */
  HONYAKU_S3_PUBLIC_ENDPOINT: bareUrl(['http', 'https']).optional(),
  /** If set, every request except health, readiness and metrics needs `Authorization: Bearer <token>`. */
  HONYAKU_API_TOKEN: secret.min(16, 'must have at least 16 characters').optional(),
  /** Signs webhook messages: `whsec_` and at least 24 bytes in base64. Without it, sweeps cannot have webhooks. */
  HONYAKU_WEBHOOK_SECRET: secret
    .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ and at least 24 bytes in base64')
    .optional(),
});
export type ApiEnvironment = z.output<typeof ApiEnvironment>;

const roles = ['preprocess', 'trials'] as const;

export const WorkerEnvironment = z.object({
  ...connections,
  ...serving,
  /** The queues that this worker serves. */
  HONYAKU_WORKER_ROLES: text
    .default(roles.join(','))
    .transform((names) => [...new Set(names.split(',').map((name) => name.trim()))])
    .pipe(z.array(z.enum(roles))),
  /** Where trials train: `gpu` refuses to start without a GPU, `auto` uses a GPU if TensorFlow can. */
  HONYAKU_DEVICE: text.pipe(z.enum(['auto', 'cpu', 'gpu'])).default('auto'),
  HONYAKU_WORKER_NAME: text.max(200, 'may have 200 characters').optional(),
  /** On Kubernetes: the worker's own pod, whose deletion cost it updates. */
  HONYAKU_POD_NAME: text.optional(),
  HONYAKU_POD_NAMESPACE: text.default('default'),
  /** Port of health checks and metrics; 0 means any free port. */
  HONYAKU_WORKER_PORT: port.default(0),
  /** Folder for cached shards and for checkpoints that are being written. */
  HONYAKU_CACHE_DIR: text,
  HONYAKU_CACHE_BYTES: wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER }).default(20 * 1024 ** 3),
  /** Interval of mid-epoch checkpoints: a killed worker loses at most this much training. */
  HONYAKU_CHECKPOINT_SECONDS: text
    .regex(/^\d+(\.\d+)?$/, 'must be a number of seconds')
    .transform(Number)
    .pipe(z.number().min(0.1).max(86_400))
    .default(300),
});
export type WorkerEnvironment = z.output<typeof WorkerEnvironment>;

/** @throws InvalidInput naming each variable that is missing or invalid, without its value, which may be a secret */
export function readEnvironment<Schema extends z.ZodType>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): z.output<Schema> {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) throw new InvalidInput(`environment: ${describeIssues(parsed.error)}`);
  return parsed.data;
}

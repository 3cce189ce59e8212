/** The environment variables of the services, read once at their start and handed out as one typed object. */
import { z } from 'zod';
import { describeIssues } from './json.ts';
import { InvalidInput } from './errors.ts';
import { bareUrl, bucketName, hostName, redisUrl, secret, text, wholeNumber } from './setting.ts';

const port = wholeNumber({ least: 0, most: 65_535 });
const loopback = '127.0.0.1';

/** Of the names of keys, queues and channels in Redis; what 0.1.0 used. */
export const defaultRedisPrefix = 'honyaku';

const connections = {
  HONYAKU_REDIS_URL: redisUrl,
  /** Tells several installations on one Redis apart. */
  HONYAKU_REDIS_PREFIX: text
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'may have letters, digits, dots, dashes and underscores, 64 at most')
    .default(defaultRedisPrefix),
  HONYAKU_S3_ENDPOINT: bareUrl(['http', 'https']),
  HONYAKU_S3_BUCKET: bucketName,
  HONYAKU_S3_REGION: text.regex(/^[\w-]+$/, 'may have letters, digits and dashes').default('us-east-1'),
  AWS_ACCESS_KEY_ID: secret,
  AWS_SECRET_ACCESS_KEY: secret,
  /** Of temporary credentials, which are not renewed: a new token needs a new start. */
  AWS_SESSION_TOKEN: secret.optional(),
};
const serving = {
  /** Nothing listens beyond loopback unless told. */
  HONYAKU_HOST: hostName.default(loopback),
  /** Address of an OpenTelemetry collector (OTLP over HTTP); without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: text
    .pipe(z.url({ protocol: /^https?$/, error: 'must be an address such as http://collector:4318' }))
    .optional(),
  HONYAKU_LOG_LEVEL: text.pipe(z.enum(['debug', 'info', 'warn', 'error', 'silent'])).default('info'),
};

export const ApiEnvironment = z.object({
  ...connections,
  ...serving,
  HONYAKU_API_PORT: port.default(7400),
  /** Address of the bucket in presigned links, where clients reach it by another than the API. */
  HONYAKU_S3_PUBLIC_ENDPOINT: bareUrl(['http', 'https']).optional(),
  /** When set, every request but health, readiness and metrics needs `Authorization: Bearer <token>`. */
  HONYAKU_API_TOKEN: secret.min(16, 'must have at least 16 characters').optional(),
  /** Signs webhooks: `whsec_` and at least 24 bytes in base64. Without it no sweep may name one. */
  HONYAKU_WEBHOOK_SECRET: secret
    .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ and at least 24 bytes in base64')
    .optional(),
});
export type ApiEnvironment = z.output<typeof ApiEnvironment>;

const roles = ['preprocess', 'trials'] as const;

export const WorkerEnvironment = z.object({
  ...connections,
  ...serving,
  /** Which queues this worker serves. */
  HONYAKU_WORKER_ROLES: text
    .default(roles.join(','))
    .transform((names) => [...new Set(names.split(',').map((name) => name.trim()))])
    .pipe(z.array(z.enum(roles))),
  /** What trials train on: `gpu` refuses to start without one, `auto` takes one that TensorFlow can use. */
  HONYAKU_DEVICE: text.pipe(z.enum(['auto', 'cpu', 'gpu'])).default('auto'),
  HONYAKU_WORKER_NAME: text.max(200, 'may have 200 characters').optional(),
  /** On Kubernetes: the worker's own pod, whose deletion cost it keeps up to date. */
  HONYAKU_POD_NAME: text.optional(),
  HONYAKU_POD_NAMESPACE: text.default('default'),
  /** Health and metrics; 0 takes a free port. */
  HONYAKU_WORKER_PORT: port.default(0),
  /** Folder for cached shards and checkpoints under way. */
  HONYAKU_CACHE_DIR: text,
  HONYAKU_CACHE_BYTES: wholeNumber({ least: 0, most: Number.MAX_SAFE_INTEGER }).default(20 * 1024 ** 3),
  /** A killed worker loses at most this much training. */
  HONYAKU_CHECKPOINT_SECONDS: text
    .regex(/^\d+(\.\d+)?$/, 'must be a number of seconds')
    .transform(Number)
    .pipe(z.number().min(0.1).max(86_400))
    .default(300),
});
export type WorkerEnvironment = z.output<typeof WorkerEnvironment>;

/** @throws InvalidInput naming each variable that is missing or wrong; values are not repeated, they may be secrets. */
export function readEnvironment<Schema extends z.ZodType>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): z.output<Schema> {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) throw new InvalidInput(`environment: ${describeIssues(parsed.error)}`);
  return parsed.data;
}

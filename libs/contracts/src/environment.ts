/** The environment variables of the services, read once at their start and handed out as one typed object. */
import { z } from 'zod';
import { describeIssues } from './json.ts';
import { InvalidInput } from './errors.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const loopback = '127.0.0.1';

const connections = {
  HONYAKU_REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  HONYAKU_S3_ENDPOINT: z.url({ protocol: /^https?$/ }),
  HONYAKU_S3_BUCKET: z.string().min(3),
  HONYAKU_S3_REGION: z.string().default('us-east-1'),
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
};
const serving = {
  /** Nothing listens beyond loopback unless told. */
  HONYAKU_HOST: z.string().default(loopback),
  /** Address of an OpenTelemetry collector (OTLP over HTTP); without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  HONYAKU_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
};

export const ApiEnvironment = z.object({
  ...connections,
  ...serving,
  HONYAKU_API_PORT: port.default(7400),
  /** When set, every request but health, readiness and metrics needs `Authorization: Bearer <token>`. */
  HONYAKU_API_TOKEN: z.string().min(16).optional(),
  /** Signs webhooks: `whsec_` and at least 24 bytes in base64. Without it no sweep may name one. */
  HONYAKU_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ and at least 24 bytes in base64')
    .optional(),
});
export type ApiEnvironment = z.output<typeof ApiEnvironment>;

export const WorkerEnvironment = z.object({
  ...connections,
  ...serving,
  /** Which queues this worker serves. */
  HONYAKU_WORKER_ROLES: z
    .string()
    .default('preprocess,trials')
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(['preprocess', 'trials'])).min(1)),
  HONYAKU_WORKER_NAME: z.string().optional(),
  /** On Kubernetes: the worker's own pod, whose deletion cost it keeps up to date. */
  HONYAKU_POD_NAME: z.string().min(1).optional(),
  HONYAKU_POD_NAMESPACE: z.string().min(1).default('default'),
  /** Health and metrics; 0 takes a free port. */
  HONYAKU_WORKER_PORT: port.default(0),
  /** Folder for cached shards and checkpoints under way. */
  HONYAKU_CACHE_DIR: z.string().min(1),
  HONYAKU_CACHE_BYTES: z.coerce
    .number()
    .int()
    .min(0)
    .default(20 * 1024 ** 3),
  /** A killed worker loses at most this much training. */
  HONYAKU_CHECKPOINT_SECONDS: z.coerce.number().min(0.1).default(300),
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

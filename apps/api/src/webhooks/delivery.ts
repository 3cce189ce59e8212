/**
 * Delivers webhook messages, signed as the Standard Webhooks specification says, until the receiver answers
 * with success or the tries are used up.
 */
import {
  InvalidInput,
  Unavailable,
  handlerOf,
  messageOf,
  toJson,
  webhookJob,
  WebhookMessage,
} from '@honyaku/contracts';
import { type Worker } from 'bullmq';
import { type Logger } from 'pino';
import { Webhook } from 'standardwebhooks';
import { serveQueue } from '../queues/serve-queue.ts';

const answerMilliseconds = 10_000;

/** @throws InvalidInput when the secret cannot sign */
export function signerOf(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch (cause) {
    throw new InvalidInput(
      'environment: HONYAKU_WEBHOOK_SECRET must be whsec_ and at least 24 bytes in base64',
      {
        cause,
      },
    );
  }
}

export function startWebhookWorker(
  redisUrl: string,
  prefix: string,
  signer: Webhook,
  logger: Logger,
): Worker {
  return serveQueue({
    queue: webhookJob.queue,
    redisUrl,
    prefix,
    handlers: [handlerOf(webhookJob, ({ url, message }) => deliver(url, message, signer))],
    logger,
  });
}

/** @throws Unavailable when the receiver does not answer with success */
async function deliver(url: string, message: WebhookMessage, signer: Webhook): Promise<void> {
  const body = toJson(WebhookMessage, message);
  const now = new Date();
  const response = await fetch(url, {
    method: 'POST',
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(answerMilliseconds),
    headers: {
      'content-type': 'application/json',
      'webhook-id': message.id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': signer.sign(message.id, now, body),
    },
  }).catch((cause: unknown) => {
    throw new Unavailable(`the webhook's receiver did not answer: ${messageOf(cause)}`, { cause });
  });
  await response.body?.cancel();
  if (!response.ok) throw new Unavailable(`the webhook's receiver answered ${response.status}`);
}

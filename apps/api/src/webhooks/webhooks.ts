/**
 * Webhook messages: enqueued when a trial or a sweep ends, signed and delivered as the Standard Webhooks specification
 * says, until the receiver answers with success or the attempts are used up.
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
import { type SweepState, webhookMessages } from '@honyaku/sweep-engine';
import { type Worker } from 'bullmq';
import { type Logger } from 'pino';
import { Webhook } from 'standardwebhooks';
import { type Queues } from '../queues/queues.ts';
import { serveQueue } from '../queues/serve-queue.ts';
import { type SweepObserver } from '../sweeps/sweep-observer.ts';

const answerMilliseconds = 10_000;

/** Enqueues the webhook messages of each change of a sweep. Enqueuing the same message again changes nothing. */
export class WebhookObserver implements SweepObserver {
  constructor(private readonly queues: Queues) {}

  /** @param before without it, messages are enqueued for all that has ended */
  async onChange(before: SweepState | undefined, after: SweepState): Promise<void> {
    const { webhook } = after.sweep.spec;
    if (webhook === undefined) return;
    const messages = webhookMessages(before, after);
    if (messages.length > 0) await this.queues.addWebhooks(webhook, messages);
  }
}

/** @throws InvalidInput when the secret is malformed */
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

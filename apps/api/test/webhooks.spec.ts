/** A sweep's webhook receives a signed message about each end at least once. */
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { WebhookMessage, queuePrefix, routes } from '@honyaku/contracts';
import { Queue } from 'bullmq';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiPlatform, digest, improving, json } from './api-platform.ts';

const secret = `whsec_${Buffer.from('a secret of this test alone').toString('base64')}`;

/** A receiver of messages that refuses the first one. */
class Receiver {
  readonly taken: WebhookMessage[] = [];
  refused = 0;
  private readonly signer = new Webhook(secret);
  private readonly server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      this.signer.verify(body, {
        'webhook-id': String(request.headers['webhook-id']),
        'webhook-timestamp': String(request.headers['webhook-timestamp']),
        'webhook-signature': String(request.headers['webhook-signature']),
      });
      if (this.refused === 0) this.refused += 1;
      else this.taken.push(WebhookMessage.parse(JSON.parse(body)));
      response.writeHead(this.taken.length === 0 ? 503 : 204).end();
    })().catch(() => response.writeHead(400).end());
  });

  async open(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/`;
  }

  close(): void {
    this.server.close();
  }
}

describe('a webhook', () => {
  let platform: ApiPlatform;
  const receiver = new Receiver();
  beforeAll(async () => {
    platform = await ApiPlatform.open();
  });
  afterAll(async () => {
    receiver.close();
    await platform?.close();
  });

  it('is refused if the API has no secret to sign with', async () => {
    const spec = { name: 'told', corpus: { digest }, webhook: 'https://example.org/' };
    expect(await platform.refusal('POST', routes.sweeps.path, JSON.stringify(spec), json)).toMatchObject({
      status: 400,
      message: 'webhook: the API has no HONYAKU_WEBHOOK_SECRET to sign messages with',
    });
  });

  it('receives the end of each trial and of the sweep, again after a refusal, and with the same id if sent twice', async () => {
    const webhook = await receiver.open();
    await platform.api.close();
    platform.api = await platform.start({ HONYAKU_WEBHOOK_SECRET: secret });
    await platform.withTrainer({ perplexity: improving }, async () => {
      const { id } = await platform.submit({ name: 'told', trials: 2, epochs: 1, webhook });
      await platform.ended(id);
      await expect.poll(() => receiver.taken.length).toBe(3);
      expect(receiver.taken.map(({ type, data }) => [type, data.trialId]).sort()).toEqual([
        ['sweep.completed', undefined],
        ['trial.completed', `${id}-0001`],
        ['trial.completed', `${id}-0002`],
      ]);
      const sweep = receiver.taken.find(({ type }) => type === 'sweep.completed');
      expect(sweep?.data).toMatchObject({
        sweepId: id,
        name: 'told',
        best: { trialId: `${id}-0002`, epoch: 1 },
      });
      await platform.api.close();
      const queue = new Queue('webhooks', { connection: { url: platform.redis.url }, prefix: queuePrefix });
      await queue.obliterate({ force: true });
      await queue.close();
      platform.api = await platform.start({ HONYAKU_WEBHOOK_SECRET: secret });
      await expect.poll(() => receiver.taken.length).toBe(6);
      expect(new Set(receiver.taken.map((message) => message.id)).size).toBe(3);
    });
  });
});

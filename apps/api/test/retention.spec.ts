/** The objects of an ended sweep in the bucket, and the checkpoints that a person can pin. */
import { CollectionResult, TrialView, trialNumberOf, routes, urlOf } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { Client } from 'minio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gate, ApiPlatform, improving } from './api-platform.ts';

let platform: ApiPlatform;
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterAll(() => platform?.close());

async function modelsOf(sweepId: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of platform.objects.list(`${keys.sweepFolder(sweepId)}/trials/`))
    if (key.endsWith('.safetensors')) found.push(key.slice(keys.sweepFolder(sweepId).length));
  return found;
}

/** The number of objects that the API has read, by its own metric. */
async function objectsAsked(): Promise<number> {
  const text = await (await platform.request('GET', routes.metrics.path)).text();
  const counts = /^honyaku_object_store_request_duration_seconds_count{operation="get",[^}]*} (\d+)$/gm;
  return [...text.matchAll(counts)].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe('the bucket of a sweep', () => {
  it('contains at the end the best and the last checkpoint of each trial, the pinned ones, and no orphans', async () => {
    const reached = new Gate();
    const released = new Gate();
    const beforeCommit = async ({ epoch }: { epoch: number }) => {
      if (epoch !== 4) return;
      reached.open();
      await released.opened;
    };
    // The perplexities are 98, 99, …, so that the first epoch is the best.
    const perplexity = ({ epoch }: { epoch: number }) => 97 + epoch;
    await platform.withTrainer({ perplexity, beforeCommit }, async () => {
      const { id } = await platform.submit({ name: 'kept', epochs: 5, trials: 1 });
      await reached.opened;
      const trialId = `${id}-0001`;
      await platform.call(TrialView, 'PUT', urlOf(routes.pin, { id: trialId, epoch: 2 }));
      const pinned = await platform.call(TrialView, 'PUT', urlOf(routes.pin, { id: trialId, epoch: 3 }));
      expect(pinned.pinned).toEqual([2, 3]);
      expect(
        (await platform.call(TrialView, 'DELETE', urlOf(routes.pin, { id: trialId, epoch: 3 }))).pinned,
      ).toEqual([2]);
      const leftBehind = (epoch: number) =>
        `${keys.epochFolder(trialId, epoch)}/attempt-1-abc/model.safetensors`;
      for (const epoch of [1, 3, 4]) await platform.objects.put(leftBehind(epoch), 'of a killed attempt');
      const dry = await platform.call(
        CollectionResult,
        'POST',
        `${urlOf(routes.collect, { id })}?dryRun=true`,
      );
      const model = (epoch: number) => `${keys.epochFolder(trialId, epoch)}/a1/model.safetensors`;
      expect(dry.removed.map(({ key }) => key)).toEqual([leftBehind(1), leftBehind(3)]);
      expect(await platform.objects.getText(leftBehind(1))).toBeDefined();
      released.open();
      await platform.ended(id);
      const expected = [1, 2, 5].map((epoch) => model(epoch).slice(keys.sweepFolder(id).length));
      await expect.poll(() => modelsOf(id)).toEqual(expected);
      expect(await platform.refusal('PUT', urlOf(routes.pin, { id: trialId, epoch: 3 }))).toMatchObject({
        status: 404,
        message: `the checkpoint of epoch 3 of trial ${trialId} is gone, as retention removes those that nothing keeps`,
      });
      const again = await platform.call(CollectionResult, 'POST', urlOf(routes.collect, { id }));
      expect(again.removed).toEqual([]);
      const before = await objectsAsked();
      await platform.call(CollectionResult, 'POST', urlOf(routes.collect, { id }));
      // It looks for the next log entry, but does not read the records of the five epochs again.
      expect((await objectsAsked()) - before).toBeLessThan(5);
      expect(await platform.call(TrialView, 'GET', urlOf(routes.trial, { id: trialId }))).toMatchObject({
        epochs: { length: 5 },
      });
    });
  });

  it('loses the checkpoints of the worst trials first when `retention.bytes` is exceeded', async () => {
    // Trial 1 is the best, even in its last epoch; models of all epochs have the same size.
    const perplexity = ({ trialId, epoch }: { trialId: string; epoch: number }) =>
      50 + 10 * trialNumberOf(trialId) - epoch;
    await platform.withTrainer({ perplexity }, async () => {
      const settings = { name: 'roomless', epochs: 2, trials: 3, concurrency: 3 };
      const all = await platform.submit({ ...settings, retention: { best: 2 } });
      await platform.ended(all.id);
      await expect.poll(() => modelsOf(all.id)).toHaveLength(6);
      const { kept } = await platform.call(
        CollectionResult,
        'POST',
        `${urlOf(routes.collect, { id: all.id })}?dryRun=true`,
      );
      expect(kept.bytes).toBeGreaterThan(0);
      const few = await platform.submit({ ...settings, retention: { best: 2, bytes: 1 } });
      await platform.ended(few.id);
      const best = `/trials/${few.id}-0001/epochs/0002/a1/model.safetensors`;
      await expect.poll(() => modelsOf(few.id)).toEqual([best]);
    });
  });

  it('keeps removed objects as versions if it is versioned, which the result reports', async () => {
    const { hostname, port } = new URL(platform.bucket.endpoint);
    const { accessKey, secretKey, bucket } = platform.bucket;
    const server = { endPoint: hostname, port: Number(port), useSSL: false, region: 'us-east-1' };
    await new Client({ ...server, accessKey, secretKey }).setBucketVersioning(bucket, { Status: 'Enabled' });
    await platform.withTrainer({ perplexity: improving }, async () => {
      const { id } = await platform.submit({ name: 'versioned', epochs: 1 });
      await platform.ended(id);
      await platform.call(CollectionResult, 'POST', urlOf(routes.collect, { id }));
      const left = `${keys.epochFolder(`${id}-0001`, 1)}/attempt-1-abc/model.safetensors`;
      await platform.objects.put(left, 'x'.repeat(1000));
      await platform.objects.put(left, 'x'.repeat(800));
      const dry = await platform.call(
        CollectionResult,
        'POST',
        `${urlOf(routes.collect, { id })}?dryRun=true`,
      );
      expect(dry.removed).toEqual([{ key: left, bytes: 800 }]);
      const collected = await platform.call(CollectionResult, 'POST', urlOf(routes.collect, { id }));
      const grown = (key: 'versions' | 'bytes' | 'deleteMarkers') =>
        (collected.noncurrent?.[key] ?? 0) - (dry.noncurrent?.[key] ?? 0);
      expect(dry.noncurrent?.bytes).toBeGreaterThanOrEqual(1000);
      expect([grown('versions'), grown('bytes'), grown('deleteMarkers')]).toEqual([1, 800, 1]);
    });
  });

  it('is not collected for an unknown sweep', async () => {
    expect(await platform.refusal('POST', urlOf(routes.collect, { id: 'none-123456' }))).toMatchObject({
      status: 404,
    });
    const answer = await platform.refusal(
      'POST',
      `${urlOf(routes.collect, { id: 'none-123456' })}?dryRun=maybe`,
    );
    expect(answer).toMatchObject({ status: 400 });
    await platform.withTrainer({ perplexity: improving }, async () => {
      const { id } = await platform.submit({ name: 'one', epochs: 1 });
      await platform.ended(id);
      expect(await platform.refusal('PUT', urlOf(routes.pin, { id: `${id}-0001`, epoch: 7 }))).toMatchObject({
        status: 404,
        message: `trial ${id}-0001 has no committed epoch 7`,
      });
    });
  });
});

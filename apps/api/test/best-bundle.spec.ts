import { BundleConfig, routes, urlOf } from '@honyaku/contracts';
import { UnreliableProxy } from '@honyaku/embedded/unreliable-proxy';
import { keys } from '@honyaku/storage';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Gate, ApiPlatform } from './api-platform.ts';

let platform: ApiPlatform;
const proxy = new UnreliableProxy();
beforeAll(async () => {
  platform = await ApiPlatform.open();
  await platform.api.close();
  platform.api = await platform.start({ HONYAKU_S3_ENDPOINT: await proxy.start(platform.bucket.endpoint) });
});
afterAll(async () => {
  await platform?.close();
  proxy.stop();
});

/** Long enough to observe an end that becomes visible too early. */
const tooEarlyMilliseconds = 1000;

it('shows a sweep as ended only when its best bundle is written, even if a worse epoch overtakes the best one', async () => {
  const bestIsCommitted = new Gate();
  const perplexity = ({ trialId }: { trialId: string }) => (trialId.endsWith('-0001') ? 10 : 20);
  const beforeCommit = ({ trialId }: { trialId: string }) =>
    trialId.endsWith('-0001') ? undefined : bestIsCommitted.opened;
  await platform.withTrainer({ perplexity, beforeCommit }, async () => {
    const { id } = await platform.submit({ name: 'overtaken', epochs: 1, trials: 2, concurrency: 2 });
    const configKey = `${keys.bestFolder(id)}/config.json`;
    const is = (wanted: string, part: string) => (request: string) =>
      request.startsWith(`${wanted} `) && request.includes(part);
    const writesConfig = is('PUT', configKey);
    const configOf = () => platform.objects.getRecord(BundleConfig, configKey);

    const worseIsRead = proxy.holdNext(is('GET', keys.evaluationRecord(`${id}-0002`, 1)));
    const bestIsBundled = proxy.holdNext(writesConfig);
    await bestIsBundled.arrived;
    // The worse epoch is decided on, and its bundle checked again, while no state contains the better epoch.
    bestIsCommitted.open();
    await worseIsRead.arrived;
    const worseIsBundled = proxy.holdNext(writesConfig);
    const bestIsLogged = proxy.holdNext(is('PUT', `${keys.sweepFolder(id)}/log/`));
    await worseIsRead.release();
    await bestIsBundled.release();
    await worseIsBundled.arrived;
    const worseLooksAgain = proxy.holdNext(is('GET', configKey));
    await worseIsBundled.release();
    await worseLooksAgain.arrived;
    await worseLooksAgain.release();
    const bestIsBundledAgain = proxy.holdNext(writesConfig);
    await bestIsLogged.release();
    await bestIsBundledAgain.arrived;
    expect(await configOf()).toMatchObject({ trialId: `${id}-0002` });

    const ended = platform.ended(id);
    const early = await Promise.race([ended, delay(tooEarlyMilliseconds)]);
    expect(early).toBeUndefined();
    await bestIsBundledAgain.release();
    const best = { trialId: `${id}-0001`, epoch: 1 };
    expect(await ended).toMatchObject({ state: 'completed', best });
    expect(await configOf()).toMatchObject(best);
  });
});

it('serves no bundle of a sweep whose epochs have all diverged, which an earlier version has written', async () => {
  const perplexity = ({ trialId }: { trialId: string }) => (trialId.startsWith('diverged-') ? 1e9 : 10);
  await platform.withTrainer({ perplexity }, async () => {
    const { id: sound } = await platform.ended((await platform.submit({ name: 'sound', epochs: 1 })).id);
    const { id, best } = await platform.ended((await platform.submit({ name: 'diverged', epochs: 1 })).id);
    expect(best).toBeUndefined();
    for await (const { key } of platform.objects.list(`${keys.bestFolder(sound)}/`))
      await platform.objects.copy(key, key.replace(sound, id));
    const refusal = { status: 404, message: `sweep ${id} has no best checkpoint yet` };
    expect(await platform.refusal('GET', urlOf(routes.best, { id }))).toMatchObject(refusal);
    const file = urlOf(routes.bestFile, { id, file: 'model' });
    expect(await platform.refusal('GET', file)).toMatchObject(refusal);
  });
});

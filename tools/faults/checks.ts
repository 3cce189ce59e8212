/** Checks that have to hold after every fault. */
import { join } from 'node:path';
import { type ApiClient } from '@honyaku/client';
import {
  BundleConfig,
  type SweepView,
  messageOf,
  type TrialView,
  routes,
  EpochRecord,
  EvaluationRecord,
  ScoreRecord,
  type StoredFile,
  fromJson,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { replay } from '@honyaku/sweep-engine';
import { until } from '@honyaku/embedded';
import { type WorkWatch } from './work-watch.ts';

/** Where a sweep was run. */
interface SweepContext {
  /** Takes files. */
  readonly folder: string;
  readonly objects: ObjectStore;
  readonly work: WorkWatch;
  ask<Answer>(request: (api: ApiClient) => Promise<Answer>): Promise<Answer>;
}

/** sha256 of the weights by trial number and epoch. */
export type Weights = ReadonlyMap<string, string>;

const tidySeconds = 240;

export async function weightsOf(context: SweepContext, { id }: SweepView): Promise<Weights> {
  const { trials: views } = await context.ask((api) => api.call(routes.sweepTrials, { id }));
  return new Map(
    views.flatMap((trial) => trial.epochs.map(({ epoch, model }) => [nameOf(trial, epoch), model])),
  );
}

/** Sentences on what does not hold; empty when all does. */
export async function violations(
  context: SweepContext,
  sweep: SweepView,
  expected: Weights,
): Promise<string[]> {
  const found: string[] = [];
  if (sweep.state !== 'completed') found.push(`the sweep is ${sweep.state}: ${sweep.reason}`);
  const scored = sweep.best?.wholeScore?.state;
  if (scored !== 'done') found.push(`the score of the whole test set is ${scored}: ${sweep.reason}`);
  const { trials: views } = await context.ask((api) => api.call(routes.sweepTrials, { id: sweep.id }));
  const { trials, epochs } = sweep.spec;
  if (views.length !== trials) found.push(`${views.length} trials instead of ${trials}`);
  for (const trial of views) {
    const numbers = trial.epochs.map(({ epoch }) => epoch).join(' ');
    const wanted = Array.from({ length: epochs }, (_, index) => index + 1).join(' ');
    if (numbers !== wanted)
      found.push(`trial ${trial.number} shows the epochs ${numbers} instead of ${wanted}`);
    for (const { epoch, model } of trial.epochs)
      if (model !== expected.get(nameOf(trial, epoch)))
        found.push(`the weights of ${nameOf(trial, epoch)} are other bytes than undisturbed`);
  }
  return [
    ...found,
    ...(await inTheBucket(context, sweep, views)),
    ...(await inTheLog(context, sweep, views)),
    ...(await inTheQueues(context, sweep)),
  ];
}

async function inTheBucket(
  context: SweepContext,
  { id, best: bestEpoch }: SweepView,
  views: readonly TrialView[],
): Promise<string[]> {
  const found: string[] = [];
  // Leftovers of a fault are collected at the sweep's end, a moment after it shows.
  let contents = await contentsOf(context.objects, id);
  const tidy = async () => {
    contents = await contentsOf(context.objects, id);
    return contents.orphans.length === 0 ? contents : undefined;
  };
  await until({ what: 'bucket without orphans', seconds: tidySeconds }, tidy).catch(() => undefined);
  for (const key of contents.orphans) found.push(`${key} is an orphan`);
  for (const trial of views)
    for (const { epoch } of trial.epochs)
      for (const key of [keys.epochRecord(trial.id, epoch), keys.evaluationRecord(trial.id, epoch)])
        if (!contents.keys.has(key)) found.push(`${key} is missing`);
  const best = await context.objects.getRecord(BundleConfig, `${keys.bestFolder(id)}/config.json`);
  if (best?.trialId !== bestEpoch?.trialId || best?.epoch !== bestEpoch?.epoch)
    found.push(`the best bundle is of ${best?.trialId}, epoch ${best?.epoch}`);
  const { sentences } = best?.heldOut.translations ?? {};
  if (sentences !== bestEpoch?.heldOut.translations.sentences)
    found.push(`the best bundle has scores of ${sentences} sentences`);
  const copy = join(context.folder, 'copy');
  for (const [key, file] of contents.named)
    await context.objects.getFile(key, copy, file).catch((error: unknown) => found.push(messageOf(error)));
  return found;
}

async function inTheLog(
  context: SweepContext,
  sweep: SweepView,
  views: readonly TrialView[],
): Promise<string[]> {
  const { entries } = await context.ask((api) => api.call(routes.log, { id: sweep.id }));
  const { state, differing } = replay(sweep, entries);
  const found = differing.map((sequence) => `log entry ${sequence} does not replay`);
  if (JSON.stringify(state.trials) !== JSON.stringify(views)) found.push('the log comes to another state');
  const committed = entries
    .flatMap(({ events }) => events)
    .filter((event) => event.type === 'epoch-committed')
    .map(({ trialId, epoch }) => `${trialId}, epoch ${epoch.epoch}`);
  for (const name of new Set(committed)) {
    const times = committed.filter((each) => each === name).length;
    if (times > 1) found.push(`the log has ${name} ${times} times`);
  }
  return found;
}

/** Nothing of a sweep that has ended is left to be done. */
async function inTheQueues(context: SweepContext, { id }: SweepView): Promise<string[]> {
  let left: string[] = [];
  const tidy = async () => {
    left = await context.work.jobsLeft(id);
    return left.length === 0 ? left : undefined;
  };
  await until({ what: 'empty queue', seconds: tidySeconds }, tidy).catch(() => undefined);
  return left.map((job) => `${job} is left in the queue`);
}

function nameOf({ number }: Pick<TrialView, 'number'>, epoch: number): string {
  return `trial ${number}, epoch ${epoch}`;
}

const bundle = ['README.md', 'config.json', 'model.safetensors', 'source.model', 'target.model'];

interface FolderContents {
  readonly orphans: readonly string[];
  /** Files that records name, by key. */
  readonly named: ReadonlyMap<string, StoredFile>;
  readonly keys: ReadonlySet<string>;
}

/** Objects in a sweep's folder, and those that no record names: found without the code that collects garbage. */
async function contentsOf(objects: ObjectStore, sweepId: string): Promise<FolderContents> {
  const folder = keys.sweepFolder(sweepId);
  const listed = new Set<string>();
  for await (const { key } of objects.list(`${folder}/`)) listed.add(key);
  const fixed = new RegExp(`^${folder}/(sweep\\.(yaml|json)|log/\\d{8}\\.json|trials/[^/]+/trial\\.json)$`);
  const isFixed = (key: string) =>
    fixed.test(key) ||
    bundle.some((name) => key === `${keys.bestFolder(sweepId)}/${name}`) ||
    /\/epochs\/\d{4,}\/(record|evaluation|score)\.json$/.test(key);
  const named = new Map<string, StoredFile>();
  for (const key of listed) {
    const ownFolder = key.slice(0, key.lastIndexOf('/'));
    for (const file of await filesNamedBy(objects, key)) named.set(`${ownFolder}/${file.key}`, file);
  }
  return { keys: listed, named, orphans: [...listed].filter((key) => !isFixed(key) && !named.has(key)) };
}

async function filesNamedBy(objects: ObjectStore, key: string): Promise<StoredFile[]> {
  const text = async () => (await objects.getText(key)) ?? '';
  if (key.endsWith('/record.json')) {
    const { files } = fromJson(EpochRecord, await text(), key);
    return [files.model, files.optimizer];
  }
  if (key.endsWith('/best/config.json'))
    return Object.values(fromJson(BundleConfig, await text(), key).files);
  if (key.endsWith('/score.json')) return [fromJson(ScoreRecord, await text(), key).translations];
  if (!key.endsWith('/evaluation.json')) return [];
  const { translations, average } = fromJson(EvaluationRecord, await text(), key);
  return average ? [translations, average.model] : [translations];
}

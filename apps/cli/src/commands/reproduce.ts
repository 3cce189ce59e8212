/**
 * `honyaku reproduce TRIAL`: trains the trial again from its seed and settings, in a sweep of its own, and
 * compares the weights after each epoch. On the same kind of machine they are the same bytes.
 */
import {
  type CommittedEpoch,
  InvalidInput,
  SweepSpec,
  architectureOf,
  type SweepView,
  type TrialView,
  parseInput,
  precisionOf,
  routes,
  submittedSettings,
} from '@honyaku/contracts';
import { z } from 'zod';
import { exitCodes, printLine, notify, type CommandContext } from '../terminal.ts';
import { perplexityText } from '../texts.ts';
import { tableOf } from '../tables.ts';
import { watchSweep } from './watch.ts';

/** @returns 0 when every epoch came to the same bytes, 1 otherwise */
export async function reproduce(
  { terminal, json, client }: CommandContext,
  trialId: string,
): Promise<number> {
  const api = await client();
  const trial = await api.call(routes.trial, { id: trialId });
  const spec = againSpec(trial, (await api.call(routes.sweep, { id: trial.sweepId })).spec);
  const sweep = await api.submit(JSON.stringify(z.encode(SweepSpec, spec)));
  notify(terminal, `sweep ${sweep.id} trains trial ${trialId} again`);
  const ended = await watchSweep(api, sweep.id, { ...terminal, output: terminal.messages }, { json: false });
  const [again] = ended.trials;
  const epochs = trial.epochs.map((before, index) => {
    const after = again?.epochs[index];
    return { epoch: before.epoch, before: before.model, after: after?.model, ppl: [before, after] as const };
  });
  const same = epochs.every(({ before, after }) => before === after);
  if (json) {
    const compared = epochs.map(({ epoch, before, after }) => ({ epoch, before, after: after ?? null }));
    printLine(terminal, JSON.stringify({ trial: trialId, again: again?.id ?? null, same, epochs: compared }));
    return same ? exitCodes.completed : exitCodes.failed;
  }
  const shown = (one: CommittedEpoch | undefined) => (one ? perplexityText(one.heldOut.perplexity) : 'none');
  const rows = epochs.map(({ epoch, before, after, ppl: [first, second] }) => [
    String(epoch),
    before.slice(0, 12),
    after?.slice(0, 12) ?? '',
    shown(first),
    shown(second),
    before === after ? 'same' : 'differs',
  ]);
  printLine(terminal, tableOf(['epoch', 'weights', 'again', 'held-out ppl', 'again', ''], rows));
  const computed = [trial, again].map((each) => kernelsOf(each?.epochs.at(-1)));
  printLine(terminal, same ? 'the same bytes after every epoch' : `not the same: ${differenceOf(computed)}`);
  return same ? exitCodes.completed : exitCodes.failed;
}

/** What computed an epoch. */
function kernelsOf(epoch: CommittedEpoch | undefined): string {
  return epoch?.kernels?.join(', then ') ?? 'TensorFlow’s';
}

function differenceOf([before = '', after = '']: readonly string[]): string {
  if (before === after) return 'another machine, version or runtime trained it';
  return `the kernels of the first training were ${before}, those of this one ${after}`;
}

/** @throws InvalidInput when the trial cannot be trained alone */
function againSpec({ id, config, epochs, exploits }: TrialView, spec: SweepView['spec']): SweepSpec {
  if (epochs.length === 0) throw new InvalidInput(`${id} has no committed epoch to compare with`);
  if (exploits !== undefined)
    throw new InvalidInput(
      `${id} went on from the checkpoint of ${exploits[0]?.from ?? 'another'}: only the whole sweep can be trained again`,
    );
  const { name, corpus, start } = spec;
  const { runtime, ...settings } = submittedSettings(spec);
  // What `auto` came to where the trial was trained, which need not be what it comes to here.
  const precision = runtime.precision === 'auto' ? precisionOf(epochs[0]?.kernels) : runtime.precision;
  return parseInput(
    SweepSpec,
    {
      name: name.length > 34 ? name : `${name}-again`,
      ...settings,
      corpus,
      ...(start ? { start, parameters: architectureOf(config.hyperparameters) } : {}),
      runtime: { ...runtime, precision },
      epochs: config.epochs,
      trials: 0,
      trialsByHand: [{ hyperparameters: config.hyperparameters, seed: config.seed }],
      budget: { epochs: epochs.length },
    },
    'reproduce',
  );
}

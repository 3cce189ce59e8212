/** Whether the demo has shown what it is there to show. */
import { type BestBundle, type TranslateResponse, type TrialView } from '@honyaku/contracts';
import { type WatchedSweep, perplexityText } from '@honyaku/cli';

export interface DemoOutcome extends WatchedSweep {
  /** The bundle whose files were read back and verified. */
  readonly bundle: Pick<BestBundle, 'config'>;
  readonly translated: TranslateResponse;
}

/** @returns one sentence for each thing that failed; none when all is as it should be */
export function failuresOf({ sweep, trials, bundle, translated }: DemoOutcome): string[] {
  const { best } = sweep;
  const trial = trials.find(({ id }) => id === best?.trialId);
  const failures: (string | undefined)[] = [
    sweep.state === 'completed'
      ? undefined
      : `the sweep is ${sweep.state}: ${sweep.reason ?? 'no reason is known'}`,
    trial ? rise(trial) : 'the sweep has no best trial',
    bundle.config.trialId === best?.trialId && bundle.config.epoch === best.epoch
      ? undefined
      : `the bundle holds ${bundle.config.trialId} after epoch ${bundle.config.epoch}, which is not the best`,
    translated.trialId === bundle.config.trialId && translated.epoch === bundle.config.epoch
      ? undefined
      : `${translated.trialId} translated, not the checkpoint that was read back`,
    translated.translations.some(({ output }) => output.trim() !== '')
      ? undefined
      : 'every translation is empty',
  ];
  return failures.filter((failure) => failure !== undefined);
}

/** Says where the held-out perplexity did not fall. */
function rise({ id, config, epochs }: TrialView): string | undefined {
  const values = epochs.map(({ heldOut }) => heldOut.perplexity);
  const fell = values.every((value, index) => {
    return Number.isFinite(value) && (index === 0 || value < (values[index - 1] ?? NaN));
  });
  if (fell && values.length === config.epochs) return undefined;
  const perplexities = values.map(perplexityText).join(', ');
  return `the held-out perplexity of the best trial, ${id}, did not fall in each of its ${config.epochs} epochs: ${perplexities}`;
}

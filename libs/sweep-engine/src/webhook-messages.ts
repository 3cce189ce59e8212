/** The messages that a sweep's webhook gets: on its end and on the ends of its trials. A pure function of its states. */
import {
  type BestEpoch,
  type TrialView,
  type WebhookMessage,
  bestEpochOf,
  digestOf,
} from '@honyaku/contracts';
import { type SweepState, changedTrials, hasEnded } from './state/sweep-state.ts';

/** Messages on what ended between two states; on all that has ended where there is none before. */
export function webhookMessages(before: SweepState | undefined, after: SweepState): WebhookMessage[] {
  const { id: sweepId, name, state, reason, endedAt, best } = after.sweep;
  const wereEnded = (trial: TrialView) => before?.trials[trial.number - 1]?.endedAt === trial.endedAt;
  const messages = changedTrials(before, after)
    .filter((trial) => hasEnded(trial.state) && !wereEnded(trial))
    .map((trial) =>
      message('trial', trial.state, trial.endedAt ?? '', {
        sweepId,
        trialId: trial.id,
        name,
        reason: trial.reason,
        best: bestOf(trial),
      }),
    );
  if (hasEnded(state) && before?.sweep.endedAt !== endedAt)
    messages.push(message('sweep', state, endedAt ?? '', { sweepId, name, reason, best }));
  return messages;
}

function message(
  subject: 'sweep' | 'trial',
  state: SweepState['sweep']['state'] | TrialView['state'],
  timestamp: string,
  data: WebhookMessage['data'],
): WebhookMessage {
  // A message that is sent again, by another process or after a loss of Redis, has the same id.
  const end = [data.sweepId, data.trialId ?? null, state, timestamp];
  return { id: `msg_${digestOf(end).slice(0, 32)}`, type: `${subject}.${state}`, timestamp, data };
}

function bestOf(trial: TrialView): BestEpoch | undefined {
  const best = bestEpochOf(trial);
  return best && { trialId: trial.id, epoch: best.epoch, heldOut: best.heldOut };
}

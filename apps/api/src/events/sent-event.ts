import { LiveEvent, sweepIdOf, toJson } from '@honyaku/contracts';
import { trialJson, viewJson } from '../store/sweep-fields.ts';

/** An event and its text on the wire. `id` is missing for progress, which is not worth catching up with. */
export interface SentEvent {
  readonly id?: number;
  readonly sweepId: string;
  readonly type: LiveEvent['type'];
  readonly json: string;
}

/** An event as clients get it. */
export function sent(event: LiveEvent): SentEvent {
  switch (event.type) {
    case 'sweep':
      return {
        type: event.type,
        sweepId: event.sweep.id,
        json: `{"type":"sweep","sweep":${viewJson(event.sweep)}}`,
      };
    case 'trial':
      return {
        type: event.type,
        sweepId: event.trial.sweepId,
        json: `{"type":"trial","trial":${trialJson(event.trial)}}`,
      };
    case 'progress':
      return {
        type: event.type,
        sweepId: sweepIdOf(event.progress.trialId),
        json: toJson(LiveEvent, event),
      };
  }
}

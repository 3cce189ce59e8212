import { LiveEvent, sweepIdOf, toJson } from '@honyaku/contracts';
import { trialJson, viewJson } from '../store/sweep-fields.ts';

/** An event with its JSON in wire form. Progress has no `id`, since clients need not catch up with it. */
export interface SentEvent {
  readonly id?: number;
  readonly sweepId: string;
  readonly type: LiveEvent['type'];
  readonly json: string;
}

/** Serializes an event for clients. */
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

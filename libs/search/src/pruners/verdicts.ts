/** Verdicts that several pruners give. */
import { type ResourceUnit } from '@honyaku/contracts';
import { type Evidence, type Judged, type Verdict } from './pruner.ts';
import { shown, standingInWords, type Rung, type Standing } from './rung.ts';

/** Goes on without a comparison, for a reason that follows on "perplexity 71.2 at epoch 3: ". */
export function goOn(own: Judged, unit: ResourceUnit, why: string): Verdict {
  const { epoch, value } = own.last;
  return {
    action: 'continue',
    unit,
    epoch,
    value,
    reason: `perplexity ${shown(value)} at epoch ${epoch}: ${why}`,
  };
}

/** The evidence of a comparison at a rung; `clause` follows on "perplexity 71.2 at epoch 3 ranks 5 of 9; ". */
export function compared(
  rung: Rung,
  own: Judged,
  standing: Standing,
  clause: string,
  cutOff?: number,
): Evidence {
  return {
    unit: rung.unit,
    epoch: own.last.epoch,
    value: own.last.value,
    rung: rung.at,
    rank: standing.rank,
    of: standing.of,
    ...(cutOff === undefined ? {} : { cutOff }),
    reason: `${standingInWords(rung, own, standing)}; ${clause}`,
  };
}

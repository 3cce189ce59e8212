import type { Batch } from '@honyaku/contracts';
import type { BatchLoss } from './loss.ts';
import type { Seq2Seq } from './seq2seq.ts';

/** The loss of a batch that the network is not trained on: without dropout, without gradients. */
export function heldOutLoss(network: Seq2Seq, batch: Batch): BatchLoss {
  return network.loss(batch);
}

import { type TrialView } from '@honyaku/contracts';

/** The one line that trains the trial again and compares. */
export function reproduceCommand({ id }: Pick<TrialView, 'id'>): string {
  return `honyaku reproduce ${id}`;
}

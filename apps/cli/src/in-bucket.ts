import { Corrupt, Unavailable } from '@honyaku/contracts';

interface InBucket<Found> {
  readonly found?: Found | undefined;
  /** Why the bucket did not give it. */
  readonly unreadable?: string;
}

/** What the API reads from the bucket: without it, all else is shown, which Redis has. */
export async function findInBucket<Found>(finding: Promise<Found | undefined>): Promise<InBucket<Found>> {
  try {
    return { found: await finding };
  } catch (error) {
    if (!(error instanceof Unavailable) && !(error instanceof Corrupt)) throw error;
    return { unreadable: error.message };
  }
}

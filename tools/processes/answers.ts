const usualMilliseconds = 1_000;

/** Whether the address answers with success, in time. */
export async function answersWell(url: string, milliseconds = usualMilliseconds): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(milliseconds) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

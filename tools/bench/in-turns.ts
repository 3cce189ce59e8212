/** The two sides of a comparison. */
export interface Sides<Value> {
  readonly ours: Value;
  readonly reference: Value;
}

/**
 * Lets both sides play each of `turns`, one after the other, and collects their answers. Who begins changes from
 * turn to turn, so that a machine that slows down or speeds up favours nobody.
 * @param tell hears of each turn, which counts from 1
 */
export async function inTurns<Turn, Answer>(
  turns: readonly Turn[],
  play: Play<Turn, Answer>,
  tell: (turn: number, answers: Sides<Answer>) => void,
): Promise<Sides<Answer[]>> {
  const all: Sides<Answer[]> = { ours: [], reference: [] };
  for (const [index, turn] of turns.entries()) {
    const answers = index % 2 === 0 ? await oursFirst(turn, play) : await referenceFirst(turn, play);
    all.ours.push(answers.ours);
    all.reference.push(answers.reference);
    tell(index + 1, answers);
  }
  return all;
}

type Play<Turn, Answer> = Sides<(turn: Turn) => Promise<Answer>>;

async function oursFirst<Turn, Answer>(turn: Turn, play: Play<Turn, Answer>): Promise<Sides<Answer>> {
  const ours = await play.ours(turn);
  return { ours, reference: await play.reference(turn) };
}

async function referenceFirst<Turn, Answer>(turn: Turn, play: Play<Turn, Answer>): Promise<Sides<Answer>> {
  const reference = await play.reference(turn);
  return { ours: await play.ours(turn), reference };
}

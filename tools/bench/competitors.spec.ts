import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Competitor, alternate } from './competitors.ts';

const competitor = (script: string) =>
  new Competitor('the test', { command: 'sh', args: ['-c', script], environment: {} });
const Numbers = z.array(z.number());

describe('Competitor', () => {
  it('answers a line of JSON with a line of JSON, again and again', async () => {
    const echo = competitor('while read line; do echo "[1.5, $line]"; done');
    expect(await echo.ask(Numbers, 2)).toEqual([1.5, 2]);
    expect(await echo.ask(Numbers, 5)).toEqual([1.5, 5]);
    await echo.end();
  });

  it('says that the process ended before its answer', async () => {
    await expect(competitor('read line').ask(Numbers, 2)).rejects.toThrow('the test ended before its answer');
  });

  it('says which competitor answers something else', async () => {
    const wrong = competitor('read line; echo "\\"late\\""');
    await expect(wrong.ask(Numbers, 2)).rejects.toThrow('the test: ');
    await wrong.end();
  });

  it('ends one that could not even start', async () => {
    const absent = new Competitor('absent', { command: 'no-such-program', args: [], environment: {} });
    await expect(absent.ask(Numbers, 1)).rejects.toThrow('absent ended before its answer');
    await absent.end();
  });
});

describe('alternate', () => {
  it('never lets both work at once, and changes who begins', async () => {
    const log: string[] = [];
    const player = (name: string) => async (turn: number) => {
      log.push(`${name} ${turn}`);
      await Promise.resolve();
      log.push(`${name} rests`);
      return turn * 10;
    };
    const turns: unknown[] = [];
    const answers = await alternate(
      [1, 2],
      { ours: player('ours'), reference: player('reference') },
      (turn, each) => turns.push([turn, each]),
    );
    expect(log).toEqual([
      ...['ours 1', 'ours rests', 'reference 1', 'reference rests'],
      ...['reference 2', 'reference rests', 'ours 2', 'ours rests'],
    ]);
    expect(answers).toEqual({ ours: [10, 20], reference: [10, 20] });
    expect(turns).toEqual([
      [1, { ours: 10, reference: 10 }],
      [2, { ours: 20, reference: 20 }],
    ]);
  });
});

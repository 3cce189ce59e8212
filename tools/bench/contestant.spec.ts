import { describe, expect, it } from 'vitest';
import { Contestant } from './contestant.ts';

const contestant = (script: string) => new Contestant('the test', 'sh', ['-c', script], {});

describe('Contestant', () => {
  it('answers with the milliseconds of each step, again and again', async () => {
    const echo = contestant('while read count; do echo "[1.5, $count]"; done');
    expect(await echo.steps(2)).toEqual([1.5, 2]);
    expect(await echo.steps(5)).toEqual([1.5, 5]);
    echo.end();
  });

  it('says that the process ended before its steps were done', async () => {
    await expect(contestant('read count').steps(2)).rejects.toThrow('the test ended before its steps');
  });
});

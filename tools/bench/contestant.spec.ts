import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Contestant } from './contestant.ts';

const contestant = (script: string) =>
  new Contestant('the test', { command: 'sh', args: ['-c', script], environment: {} });
const Numbers = z.array(z.number());

describe('Contestant', () => {
  it('answers a line of JSON with a line of JSON, again and again', async () => {
    const echo = contestant('while read line; do echo "[1.5, $line]"; done');
    expect(await echo.ask(Numbers, 2)).toEqual([1.5, 2]);
    expect(await echo.ask(Numbers, 5)).toEqual([1.5, 5]);
    await echo.end();
  });

  it('says that the process ended before its answer', async () => {
    await expect(contestant('read line').ask(Numbers, 2)).rejects.toThrow('the test ended before its answer');
  });

  it('says which contestant answers something else', async () => {
    const wrong = contestant('read line; echo "\\"late\\""');
    await expect(wrong.ask(Numbers, 2)).rejects.toThrow('the test: ');
    await wrong.end();
  });

  it('ends one that could not even start', async () => {
    const absent = new Contestant('absent', { command: 'no-such-program', args: [], environment: {} });
    await expect(absent.ask(Numbers, 1)).rejects.toThrow('absent ended before its answer');
    await absent.end();
  });
});

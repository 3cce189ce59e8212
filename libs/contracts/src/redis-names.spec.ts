import { describe, expect, it } from 'vitest';
import { redisNames } from './redis-names.ts';

describe('redisNames', () => {
  it('separates the channels of two databases of one server, which share its channels', () => {
    const [one, two] = [1, 2].map((database) =>
      redisNames('honyaku', `redis://:a@127.0.0.1:6379/${database}`),
    );
    expect(one?.events).not.toBe(two?.events);
    expect(one?.stop).not.toBe(two?.stop);
    expect(one?.queues).toBe(two?.queues);
  });

  it('keeps the channels of version 0.1.0 for database 0, however its address is written', () => {
    for (const path of ['', '/', '/0', '/00'])
      expect(redisNames('honyaku', `redis://127.0.0.1:6379${path}`)).toMatchObject({
        events: 'honyaku:events',
        stop: 'honyaku:stop',
      });
    expect(redisNames()).toMatchObject({ events: 'honyaku:events', stop: 'honyaku:stop' });
  });
});

import { describe, expect, it } from 'vitest';
import { parseRedisInfo } from './redis-info.ts';

const answer = [
  '# Memory',
  'used_memory:1048576',
  'maxmemory:0',
  '# Stats',
  'total_commands_processed:42',
  '# Persistence',
  'aof_enabled:1',
  'aof_last_bgrewrite_status:ok',
  'aof_last_write_status:ok',
];

describe('parseRedisInfo', () => {
  it('reads the fields of INFO', () => {
    expect(parseRedisInfo(answer.join('\r\n'))).toEqual({
      memoryBytes: 1048576,
      memoryLimitBytes: 0,
      commands: 42,
      persists: true,
    });
  });

  it.each(['aof_enabled:0', 'aof_last_write_status:err', 'aof_last_bgrewrite_status:err'])(
    'says that nothing persists with %s',
    (line) => {
      const [name] = line.split(':');
      const changed = answer.map((each) => (each.startsWith(`${name}:`) ? line : each));
      expect(parseRedisInfo(changed.join('\r\n')).persists).toBe(false);
    },
  );
});

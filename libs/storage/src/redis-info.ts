/** What Redis reports of itself in INFO. */
import { type Redis } from 'ioredis';

export interface RedisInfo {
  readonly memoryBytes: number;
  /** 0 is no limit. */
  readonly memoryLimitBytes: number;
  readonly commands: number;
  /** Has an append-only file, and its last write and rewrite went well. */
  readonly persists: boolean;
}

export async function redisInfo(redis: Redis): Promise<RedisInfo> {
  const sections = await Promise.all(['memory', 'stats', 'persistence'].map((name) => redis.info(name)));
  return parseRedisInfo(sections.join('\n'));
}

/** @param text lines `name:value` of `INFO` */
export function parseRedisInfo(text: string): RedisInfo {
  const fields = new Map(
    text.split(/\r?\n/).flatMap((line): [string, string][] => {
      const at = line.indexOf(':');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
    }),
  );
  return {
    memoryBytes: Number(fields.get('used_memory')),
    memoryLimitBytes: Number(fields.get('maxmemory')),
    commands: Number(fields.get('total_commands_processed')),
    persists:
      fields.get('aof_enabled') === '1' &&
      fields.get('aof_last_write_status') === 'ok' &&
      fields.get('aof_last_bgrewrite_status') === 'ok',
  };
}

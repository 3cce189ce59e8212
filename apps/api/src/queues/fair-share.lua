-- Start-time fair queueing (Goyal et al. 1996) within one priority, with epochs as the unit of work.
-- KEYS[1] BullMQ's sorted set of waiting jobs, KEYS[2] the next tag of each submitter
-- ARGV[1] lowest BullMQ priority of this class, ARGV[2] tags in a class, ARGV[3] the submitter, then the
-- keys of the jobs to come
-- Returns a BullMQ priority for each job; a job that is there already takes no turn.
local base, tags, submitter = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local unit = 4294967296
local head = redis.call('ZRANGEBYSCORE', KEYS[1], base * unit, '(' .. string.format('%.0f', (base + tags) * unit), 'WITHSCORES', 'LIMIT', 0, 1)
local now = 0
if head[2] then
  now = math.floor(tonumber(head[2]) / unit) - base
else
  -- Nothing of this class waits: everyone begins anew.
  redis.call('DEL', KEYS[2])
end
local next = math.max(now, tonumber(redis.call('HGET', KEYS[2], submitter) or '0'))
local priorities = {}
for i = 4, #ARGV do
  priorities[#priorities + 1] = base + math.min(next, tags - 1)
  if redis.call('EXISTS', ARGV[i]) == 0 then
    next = next + 1
  end
end
redis.call('HSET', KEYS[2], submitter, next)
return priorities

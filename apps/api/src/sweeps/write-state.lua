-- KEYS[1] the sweep's hash, KEYS[2] the index of all sweeps
-- ARGV[1] number of the last log entry in the change, ARGV[2] the one that the change was made from, or -1
-- when it holds the whole state, ARGV[3] the sweep's id, ARGV[4] its creation time in milliseconds, then
-- names and values of fields
-- Returns 1 when what is stored is as new now, 0 when an entry between is missing: give the whole state then.
local stored = tonumber(redis.call('HGET', KEYS[1], 'sequence') or '-1')
local sequence, from = tonumber(ARGV[1]), tonumber(ARGV[2])
if stored >= sequence then
  return 1
end
if from >= 0 and stored ~= from then
  return 0
end
if from < 0 then
  redis.call('DEL', KEYS[1])
end
for i = 5, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('HSET', KEYS[1], 'sequence', sequence)
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
return 1

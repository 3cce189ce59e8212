-- KEYS[1] the sweep's hash, KEYS[2] the index of all sweeps, KEYS[3], where there is one, a hash with fields of the change
-- ARGV[1] number of the last log entry in the change, ARGV[2] the one that the change was made from, -1 when it
-- holds the whole state, -2 when that takes the place of whatever is there, ARGV[3] the sweep's id, ARGV[4] its creation time in milliseconds, then
-- names and values of fields
-- Returns 1 when what is stored is as new now, 0 when an entry between is missing: give the whole state then.
local sequence, from = tonumber(ARGV[1]), tonumber(ARGV[2])
-- What is replaced may be no hash.
local stored = from == -2 and -1 or tonumber(redis.call('HGET', KEYS[1], 'sequence') or '-1')
local isKnown = stored >= sequence
if isKnown or (from >= 0 and stored ~= from) then
  if KEYS[3] then
    redis.call('UNLINK', KEYS[3])
  end
  return isKnown and 1 or 0
end
if from < 0 then
  redis.call('UNLINK', KEYS[1])
end
if KEYS[3] and from < 0 then
  redis.call('RENAME', KEYS[3], KEYS[1])
  redis.call('PERSIST', KEYS[1])
elseif KEYS[3] then
  local fields = redis.call('HGETALL', KEYS[3])
  for i = 1, #fields, 2 do
    redis.call('HSET', KEYS[1], fields[i], fields[i + 1])
  end
  redis.call('UNLINK', KEYS[3])
end
for i = 5, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('HSET', KEYS[1], 'sequence', sequence)
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
return 1

-- KEYS[1] the sweep's hash, KEYS[2] the index of all sweeps
-- ARGV[1] version that the change was made from (0: there must be none), ARGV[2] the sweep's id,
-- ARGV[3] its creation time in milliseconds, then names and values of the fields that changed
-- Returns the new version, or -1 when somebody else was first.
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if version ~= tonumber(ARGV[1]) then
  return -1
end
for i = 4, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('HSET', KEYS[1], 'version', version + 1)
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
return version + 1

-- KEYS[1] counter of events, ARGV[1] the channel, ARGV[2] the event as JSON
-- Number and message go out together, so that every replica sees the numbers rise. Returns the number.
local id = redis.call('INCR', KEYS[1])
redis.call('PUBLISH', ARGV[1], id .. ' ' .. ARGV[2])
return id

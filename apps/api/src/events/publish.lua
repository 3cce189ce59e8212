-- KEYS[1] counter of events, ARGV[1] the channel, then the events
-- Number and message go out together, so that every replica sees the numbers rise.
for i = 2, #ARGV do
  redis.call('PUBLISH', ARGV[1], redis.call('INCR', KEYS[1]) .. ' ' .. ARGV[i])
end

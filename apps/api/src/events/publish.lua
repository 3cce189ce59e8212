-- KEYS[1]: the counter of event ids; ARGV[1]: the channel; ARGV[2] and up: the events
-- One script counts and publishes, so that every replica receives ids in ascending order.
for i = 2, #ARGV do
  redis.call('PUBLISH', ARGV[1], redis.call('INCR', KEYS[1]) .. ' ' .. ARGV[i])
end

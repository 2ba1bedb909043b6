import { relayLimits } from '../../limits.ts';
import { script } from './script.ts';

const create = script(
  `
local joinByMs, creatorKey, joinKey, lifeMs = unpack(ARGV, 3)
local state = stateOf()
if state == 'closed' then return { 'channel-closed', told } end
if state then
  local same = redis.call('HGET', channel, 'ck') == creatorKey and redis.call('HGET', channel, 'jk') == joinKey
  return { same and 'repeated' or 'channel-exists', told }
end
for side in pairs(others) do tell(side, 'C', '') end
redis.call('DEL', unpack(KEYS))
redis.call('HSET', channel, 's', 'open', 'u', joinByMs, 'ck', creatorKey, 'jk', joinKey)
redis.call('PEXPIRE', channel, lifeMs)
return { 'created', told }`,
);

const join = script(
  `
local joinKey, key = unpack(ARGV, 3)
local state = stateOf()
if state ~= 'open' then return { state and 'channel-closed' or 'unknown-channel', told } end
local known, joiner, settled = unpack(redis.call('HMGET', channel, 'jk', 'pk', 'a'))
if known ~= joinKey then return { 'bad-signature', told } end
if joiner == key then return { settled and 'already-joined' or 'repeated', told } end
if joiner then
  tell('c', 'P', 'second-join')
  return { 'already-joined', told }
end
redis.call('HSET', channel, 'pk', key)
renew()
tell('c', 'P', 'joined')
return { 'joined', told }`,
);

const settle = script(
  `
if stateOf() == 'open' and redis.call('HEXISTS', channel, 'pk') == 1 then redis.call('HSET', channel, 'a', '1') end
return { 'settled', told }`,
);

/** Opens a mailbox, or, with a token that has it open, looks what was missed. KEYS[2]: what waits; KEYS[3], KEYS[4]: the other's. */
const open = script(
  `
local side, token, since, isNew = ARGV[3], ARGV[4], ARGV[5], ARGV[6] == 'open'
if stateOf() ~= 'open' then return { 'closed' } end
local other = others[side]
local untilMs, joiner, last, owner, otherOwner =
  unpack(redis.call('HMGET', channel, 'u', 'pk', 'l' .. side, 'o' .. side, 'o' .. other))
if owner and owner ~= token then
  if not isNew then return { 'displaced' } end
  if not tell(side, 'D', owner) then owner = false end
end
if owner ~= token then redis.call('HSET', channel, 'o' .. side, token) end
if joiner and now + ${relayLimits.lapseMs - relayLimits.lapseStepMs} >= tonumber(untilMs) then renew() end
local presence = 'away'
if not joiner and side == 'c' then
  presence = 'awaited'
elseif otherOwner and (isOwn(otherOwner)
  or redis.call('PUBSUB', 'SHARDNUMSUB', string.sub(channel, 1, 12) .. string.sub(otherOwner, 1, 22))[2] > 0) then
  presence = 'here'
end
if not owner then tell(other, 'P', 'here') end
local waiting = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '(' .. since .. '-0', '+')) do
  waiting[#waiting + 1] = entry[1]
  waiting[#waiting + 1] = entry[2][2]
end
local received = {}
if ARGV[7] == 'received' then
  for _, id in ipairs(redis.call('LRANGE', KEYS[4], 0, -1)) do
    local state, expires = string.match(redis.call('HGET', KEYS[3], id) or '', '^(.)%d+:(%d+)$')
    if state == 'w' and tonumber(expires) > now then received[#received + 1] = id end
  end
end
local gone = isNew and redis.call('HGET', channel, 'd' .. side) or ''
return { 'open', told, untilMs, last or '0', presence, waiting, received, gone }`,
);

const leave = script(
  `
local side, token = ARGV[3], ARGV[4]
local owner = redis.call('HGET', channel, 'o' .. side)
if owner == token or (owner and token == '' and isOwn(owner)) then
  redis.call('HDEL', channel, 'o' .. side)
  tell(others[side], 'P', 'away')
end
return { 'left', told }`,
);

const subscribe = script(
  `
if stateOf() == 'open' then
  redis.call('HSET', channel, 'p' .. ARGV[3], ARGV[4])
  redis.call('HDEL', channel, 'd' .. ARGV[3])
end
return { 'subscribed', told }`,
);

const unsubscribe = script(
  `
if redis.call('HGET', channel, 'p' .. ARGV[3]) == ARGV[4] then
  redis.call('HDEL', channel, 'p' .. ARGV[3])
  redis.call('HSET', channel, 'd' .. ARGV[3], ARGV[4])
  tell(ARGV[3], 'U', ARGV[4])
end
return { 'unsubscribed', told }`,
);

const close = script(
  `
if stateOf() == 'open' then
  for side in pairs(others) do tell(side, 'C', '') end
  redis.call('HSET', channel, 's', 'closed', 'u', ARGV[3])
  redis.call('HDEL', channel, 'oc', 'oj', 'pc', 'pj', 'dc', 'dj')
  redis.call('DEL', unpack(KEYS, 2))
  redis.call('PEXPIRE', channel, ARGV[4])
end
return { 'closed', told }`,
);

/** What is done to a channel, and to who has its mailboxes open. */
export const channelScripts = { create, join, settle, open, leave, subscribe, unsubscribe, close } as const;

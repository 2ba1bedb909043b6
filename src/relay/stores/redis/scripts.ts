import { createHash } from 'node:crypto';
import { limits as wire } from '../../../core/limits.ts';
import { relayLimits } from '../../limits.ts';

/** How long Redis keeps what has expired, ms: clocks of several processes may differ. */
export const slackMs = 60_000;

/** A step that Redis takes as a whole. KEYS[1] is a channel's first key; ARGV[1] the process, ARGV[2] its time in ms. */
export interface Script {
  readonly lua: string;
  /** SHA-1, hexadecimal: what EVALSHA knows it by. */
  readonly sha: string;
}

function script(...parts: readonly string[]): Script {
  const lua = parts.join('\n');
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

const start = `
local channel, self, now = KEYS[1], ARGV[1], tonumber(ARGV[2])
local others = { c = 'j', j = 'c' }
local told = {}

-- 'open', 'closed', or nil for one that was never created or has expired.
local function stateOf()
  local state, untilMs = unpack(redis.call('HMGET', channel, 's', 'u'))
  if not state or (untilMs ~= '0' and tonumber(untilMs) <= now) then return nil end
  return state
end

-- It lapses so much later, with a minute more for clocks that differ.
local function renew()
  redis.call('HSET', channel, 'u', string.format('%.0f', now + ${relayLimits.lapseMs}))
  redis.call('PEXPIRE', channel, ${relayLimits.lapseMs + slackMs})
end

local function hint(kind, side, rest)
  return kind .. side .. channel .. rest
end

-- Whether a process is there: a process that is gone hears nothing, and what it had open is forgotten.
local function publish(owner, side, said)
  if redis.call('SPUBLISH', string.sub(channel, 1, 12) .. string.sub(owner, 1, 22), said) > 0 then return true end
  redis.call('HDEL', channel, 'o' .. side)
  return false
end

local function isOwn(owner)
  return string.sub(owner, 1, 22) == self
end

-- Tells whoever has a mailbox open, in this process by the reply; false when nobody has.
local function tell(side, kind, rest)
  local owner = redis.call('HGET', channel, 'o' .. side)
  if not owner then return false end
  if not isOwn(owner) then return publish(owner, side, hint(kind, side, rest)) end
  told[#told + 1] = hint(kind, side, rest)
  return true
end
`;

/** KEYS[2] to KEYS[4]: what waits in the mailbox, what is known, what is gone. */
const mailbox = `
local function expiryOf(record)
  local a, b, c, d, e, f = string.byte(record, 1, 6)
  return ((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f
end

-- The id of a message that waits no more.
local function ended(entry)
  local record = entry[2][2]
  local id = string.sub(record, 7, 22)
  if string.byte(record, 23) == 1 then
    local collapse = 'c' .. string.sub(record, 24, 39)
    if redis.call('HGET', KEYS[3], collapse) == id then redis.call('HDEL', KEYS[3], collapse) end
  end
  return id
end

-- Takes out what has expired; gives how much, and when the next expires.
local function expire()
  local count, nextMs = 0, nil
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+')) do
    local expiresMs = expiryOf(entry[2][2])
    if expiresMs <= now then
      redis.call('XDEL', KEYS[2], entry[1])
      redis.call('HDEL', KEYS[3], ended(entry))
      count = count + 1
    elseif not nextMs or expiresMs < nextMs then nextMs = expiresMs end
  end
  return count, nextMs
end

-- Of those that are gone the last ones stay known.
local function remember(ids)
  local count = redis.call('RPUSH', KEYS[4], unpack(ids))
  if count == #ids then redis.call('PEXPIRE', KEYS[4], redis.call('PTTL', KEYS[3])) end
  local over = count - ${relayLimits.rememberedMessages}
  if over > 0 then redis.call('HDEL', KEYS[3], unpack(redis.call('LPOP', KEYS[4], over))) end
end
`;

const create = script(
  start,
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
  start,
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
  start,
  `
if stateOf() == 'open' and redis.call('HEXISTS', channel, 'pk') == 1 then redis.call('HSET', channel, 'a', '1') end
return { 'settled', told }`,
);

/** Opens a mailbox, or, with a token that has it open, looks what was missed. KEYS[2]: what waits; KEYS[3], KEYS[4]: the other's. */
const open = script(
  start,
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
  start,
  `
local side, token = ARGV[3], ARGV[4]
local owner = redis.call('HGET', channel, 'o' .. side)
if owner == token or (owner and token == '' and isOwn(owner)) then
  redis.call('HDEL', channel, 'o' .. side)
  tell(others[side], 'P', 'away')
end
return { 'left', told }`,
);

/**
 * ARGV from 4: id, expiry, collapse key and record of each message. KEYS[5] as in `expire`. Replies where the receiver is, the
 * number before these, how many expired, and for each what became of it with its number, or when to try again.
 */
const put = script(
  start,
  mailbox,
  `
local side = ARGV[3]
local state, untilMs, before, keptMs, dueMs, owner =
  unpack(redis.call('HMGET', channel, 's', 'u', 'l' .. side, 'e' .. side, 'n' .. side, 'o' .. side))
if state ~= 'open' or (untilMs ~= '0' and tonumber(untilMs) <= now) then return { 'closed', told } end
local here = not owner and 'away' or isOwn(owner) and 'local' or 'here'
local waiting, expired = redis.call('XLEN', KEYS[2]), 0
local first = tonumber(before or '0')
local last, latestMs, soonestMs = first, 0, math.huge
local said = { string.format('%015.0f', first) }

local function one(id, expires, collapse, record)
  local expiresMs = tonumber(expires)
  if expiresMs <= now then return 'expired', '0' end
  if waiting >= ${wire.waitingMessages} and redis.call('HEXISTS', KEYS[3], id) == 0 then
    local count, nextMs = expire()
    if count > 0 then
      waiting, expired, keptMs = waiting - count, expired + count, nil
    elseif collapse == '' or redis.call('HEXISTS', KEYS[3], 'c' .. collapse) == 0 then
      return 'mailbox-full', string.format('%.0f', math.max(1, nextMs - now))
    end
  end
  -- The time as a floor: numbers rise also where Redis has lost the last ones.
  local number = math.max(last + 1, now)
  local seq = string.format('%.0f', number)
  if redis.call('HSETNX', KEYS[3], id, 'w' .. seq .. ':' .. expires) == 0 then
    return 'repeated', string.match(redis.call('HGET', KEYS[3], id), '^.(%d+):')
  end
  if collapse ~= '' then
    local replaced = redis.call('HGET', KEYS[3], 'c' .. collapse)
    if replaced then
      local known = redis.call('HGET', KEYS[3], replaced)
      redis.call('XDEL', KEYS[2], string.match(known, '^.(%d+):') .. '-0')
      redis.call('HSET', KEYS[3], replaced, 'x' .. string.sub(known, 2))
      remember({ replaced })
      waiting = waiting - 1
    end
    redis.call('HSET', KEYS[3], 'c' .. collapse, id)
  end
  redis.call('XADD', KEYS[2], seq .. '-0', 'm', record)
  waiting, last = waiting + 1, number
  latestMs, soonestMs = math.max(latestMs, expiresMs), math.min(soonestMs, expiresMs)
  if here == 'here' then
    said[#said + 1] = string.format('%015.0f', number)
    said[#said + 1] = record
  end
  return 'stored', seq
end

local became = {}
for at = 4, #ARGV, 4 do
  became[#became + 1], became[#became + 2] = one(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
end
if last > first then
  local fields = { 'l' .. side, string.format('%.0f', last) }
  if not keptMs or latestMs > tonumber(keptMs) then
    -- A minute more, so that not every message has to say so again.
    local keptUntilMs = latestMs + 60000
    fields[3], fields[4] = 'e' .. side, string.format('%.0f', keptUntilMs)
    for key = 2, 4 do redis.call('PEXPIRE', KEYS[key], string.format('%.0f', keptUntilMs - now)) end
  end
  if not dueMs or soonestMs < tonumber(dueMs) then
    local soonest = string.format('%.0f', soonestMs)
    redis.call('ZADD', KEYS[5], 'LT', soonest, side .. channel)
    fields[#fields + 1], fields[#fields + 2] = 'n' .. side, soonest
  end
  redis.call('HSET', channel, unpack(fields))
  if here == 'here' and not publish(owner, side, hint('M', side, table.concat(said))) then
    here, told[1] = 'away', hint('P', others[side], 'away')
  end
end
return { 'put', told, here, before or '0', tostring(expired), unpack(became) }`,
);

const acknowledge = script(
  start,
  mailbox,
  `
local side, seq = ARGV[3], ARGV[4]
local ids = {}
for at, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', seq .. '-0')) do ids[at] = ended(entry) end
if #ids > 0 then
  redis.call('XTRIM', KEYS[2], 'MINID', seq .. '-1')
  remember(ids)
  tell(others[side], 'R', table.concat(ids))
end
return { 'acknowledged', told }`,
);

/** KEYS[5]: the mailboxes of the slot in which something expires. */
const expire = script(
  start,
  mailbox,
  `
local count, nextMs = expire()
-- What is kept for no message has no end of its own any more: the next message says until when.
redis.call('HDEL', channel, 'n' .. ARGV[3], 'e' .. ARGV[3])
if nextMs then redis.call('ZADD', KEYS[5], string.format('%.0f', nextMs), ARGV[3] .. channel)
else redis.call('ZREM', KEYS[5], ARGV[3] .. channel) end
return { 'expired', told, tostring(count) }`,
);

const subscribe = script(
  start,
  `
if stateOf() == 'open' then
  redis.call('HSET', channel, 'p' .. ARGV[3], ARGV[4])
  redis.call('HDEL', channel, 'd' .. ARGV[3])
end
return { 'subscribed', told }`,
);

const unsubscribe = script(
  start,
  `
if redis.call('HGET', channel, 'p' .. ARGV[3]) == ARGV[4] then
  redis.call('HDEL', channel, 'p' .. ARGV[3])
  redis.call('HSET', channel, 'd' .. ARGV[3], ARGV[4])
  tell(ARGV[3], 'U', ARGV[4])
end
return { 'unsubscribed', told }`,
);

const close = script(
  start,
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

export const scripts = {
  create,
  join,
  settle,
  open,
  leave,
  put,
  acknowledge,
  expire,
  subscribe,
  unsubscribe,
  close,
} as const;

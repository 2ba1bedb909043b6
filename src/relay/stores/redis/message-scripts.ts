import { limits as wire } from '../../../core/limits.ts';
import { relayLimits } from '../../limits.ts';
import { script } from './script.ts';

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

/**
 * ARGV from 4: id, expiry, collapse key and record of each message. KEYS[5] as in `expire`. Replies where the receiver is, the
 * number before these, how many expired, and for each what became of it with its number, or when to try again.
 */
const put = script(
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
    local known = string.match(redis.call('HGET', KEYS[3], id), '^.(%d+):')
    local waits = #redis.call('XRANGE', KEYS[2], known .. '-0', known .. '-0') > 0
    return waits and 'waiting' or 'gone', known
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
  mailbox,
  `
local count, nextMs = expire()
-- What is kept for no message has no end of its own any more: the next message says until when.
redis.call('HDEL', channel, 'n' .. ARGV[3], 'e' .. ARGV[3])
if nextMs then redis.call('ZADD', KEYS[5], string.format('%.0f', nextMs), ARGV[3] .. channel)
else redis.call('ZREM', KEYS[5], ARGV[3] .. channel) end
return { 'expired', told, tostring(count) }`,
);

/** What is done to messages. */
export const messageScripts = { put, acknowledge, expire } as const;

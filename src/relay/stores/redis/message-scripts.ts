import { limits as wire } from '../../../core/limits.ts';
import { relayLimits } from '../../limits.ts';
import { script } from './script.ts';

/** Of those that are gone so many are forgotten at once, so that not every acknowledgement has to. */
const forgottenAtOnce = 16;
/** From so many known ids on Redis is to keep a table of them. */
const listed = 32;

/** What is done to several mailboxes by turns. KEYS: for each the channel's first, then `mailboxKeys`. */
const mailbox = `
local waiting, known, gone

-- Sees to the mailbox whose keys begin there.
local function turnTo(at)
  channel, waiting, known, gone = unpack(KEYS, at, at + 3)
end

-- What is said to each process at the end, all at once, by the first name that it is called by.
local later = {}

-- Tells who has a mailbox open in another process, in the end; 'said' in pieces. Calls 'isGone' when that is not there any more.
local function tellLater(owner, side, kind, said, isGone)
  local process = string.sub(owner, 1, 22)
  local all = later[process] or { name = nameFor(owner), said = {}, owned = {} }
  later[process] = all
  frame(all.said, kind .. side .. channel, said)
  all.owned[#all.owned + 1] = { channel = channel, side = side, isGone = isGone }
end

local function publishAll()
  for _, all in pairs(later) do
    if redis.call('SPUBLISH', all.name, table.concat(all.said)) == 0 then
      for _, owned in ipairs(all.owned) do
        forgetOwner(owned.channel, owned.side)
        if owned.isGone then owned.isGone() end
      end
    end
  end
end

-- What fails for one mailbox, as a key that is none of ours, is not to keep the others from what is theirs.
local function try(step, ...)
  local isDone, said = pcall(step, ...)
  if isDone then return said end
  return { 'failed', type(said) == 'table' and said.err or tostring(said) }
end

local function expiryOf(record)
  local a, b, c, d, e, f = string.byte(record, 1, 6)
  return ((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f
end

local function idOf(record)
  return string.sub(record, 7, 22)
end

-- Its collapse key as a field of what is known, or nil.
local function collapseOf(record)
  return string.byte(record, 23) == 1 and 'c' .. string.sub(record, 24, 39) or nil
end

-- The id of a message that waits no more.
local function ended(entry)
  local record = entry[2][2]
  local id, collapse = idOf(record), collapseOf(record)
  if collapse and redis.call('HGET', known, collapse) == id then redis.call('HDEL', known, collapse) end
  return id
end

-- Takes out what has expired; gives how much, and when the next expires.
local function expire()
  local count, nextMs = 0, nil
  for _, entry in ipairs(redis.call('XRANGE', waiting, '-', '+')) do
    local expiresMs = expiryOf(entry[2][2])
    if expiresMs <= now then
      redis.call('XDEL', waiting, entry[1])
      redis.call('HDEL', known, ended(entry))
      count = count + 1
    elseif not nextMs or expiresMs < nextMs then nextMs = expiresMs end
  end
  return count, nextMs
end

-- Of those that are gone the last ones stay known.
local function remember(ids)
  local count = redis.call('RPUSH', gone, unpack(ids))
  local before = count - #ids
  if before == 0 then redis.call('PEXPIRE', gone, redis.call('PTTL', known)) end
  -- Redis looks for an id in a list, twice for each message, until one value of the hash is longer than it keeps there.
  if before < ${listed} and count >= ${listed} then redis.call('HSET', known, 'long', string.rep(' ', 65)) end
  local over = count - ${relayLimits.rememberedMessages}
  if over > 0 then
    redis.call('HDEL', known, unpack(redis.call('LPOP', gone, math.max(over, ${forgottenAtOnce}))))
  end
end
`;

/**
 * KEYS: for each mailbox the channel's first, then `mailboxKeys` and `dueKey`; ARGV from 3: for each its side, how many messages, and
 * the record of each. Replies for each where the receiver is, the number before these, how many expired, and for each message
 * what became of it with its number, or when to try again; or `closed`; or `failed` and why.
 */
const put = script(
  mailbox,
  `
-- Puts the messages whose records ARGV has at these places.
local function put(side, due, from, to)
  local state, untilMs, before, most, keptMs, dueMs, owner =
    unpack(redis.call('HMGET', channel, 's', 'u', 'l' .. side, 'm' .. side, 'e' .. side, 'n' .. side, 'o' .. side))
  if state ~= 'open' or (untilMs ~= '0' and tonumber(untilMs) <= now) then return { 'closed' } end
  local here = not owner and 'away' or isOwn(owner) and 'local' or 'here'
  -- No more than that wait: what was acknowledged since is only counted where it matters.
  local count, isCounted, expired = tonumber(most or '${wire.waitingMessages}'), false, 0
  local first = tonumber(before or '0')
  local last, latestMs, soonestMs = first, 0, math.huge
  local said = { string.format('%015.0f', first) }

  local function one(record)
    local id, expiresMs, collapse = idOf(record), expiryOf(record), collapseOf(record)
    if expiresMs <= now then return 'expired', '0' end
    if count >= ${wire.waitingMessages} and not isCounted then
      count, isCounted = redis.call('XLEN', waiting), true
    end
    if count >= ${wire.waitingMessages} and redis.call('HEXISTS', known, id) == 0 then
      local over, nextMs = expire()
      if over > 0 then
        count, expired, keptMs = count - over, expired + over, nil
      elseif not collapse or redis.call('HEXISTS', known, collapse) == 0 then
        return 'mailbox-full', string.format('%.0f', math.max(1, nextMs - now))
      end
    end
    -- The time as a floor: numbers rise also where Redis has lost the last ones.
    local number = math.max(last + 1, now)
    local seq = string.format('%.0f', number)
    if redis.call('HSETNX', known, id, 'w' .. seq .. ':' .. string.format('%.0f', expiresMs)) == 0 then
      local had = string.match(redis.call('HGET', known, id), '^.(%d+):')
      local waits = #redis.call('XRANGE', waiting, had .. '-0', had .. '-0') > 0
      return waits and 'waiting' or 'gone', had
    end
    local added = redis.pcall('XADD', waiting, seq .. '-0', 'm', record)
    if type(added) == 'table' then
      -- Otherwise it would be known, and wait for nobody.
      redis.call('HDEL', known, id)
      error(added)
    end
    if collapse then
      local replaced = redis.call('HGET', known, collapse)
      if replaced then
        local had = redis.call('HGET', known, replaced)
        redis.call('XDEL', waiting, string.match(had, '^.(%d+):') .. '-0')
        redis.call('HSET', known, replaced, 'x' .. string.sub(had, 2))
        remember({ replaced })
        count = count - 1
      end
      redis.call('HSET', known, collapse, id)
    end
    count, last = count + 1, number
    latestMs, soonestMs = math.max(latestMs, expiresMs), math.min(soonestMs, expiresMs)
    if here == 'here' then
      said[#said + 1] = string.format('%015.0f', number)
      said[#said + 1] = record
    end
    return 'stored', seq
  end

  local became = { here, before or '0', '0' }
  for at = from, to do became[#became + 1], became[#became + 2] = one(ARGV[at]) end
  became[3] = tostring(expired)
  if last > first then
    local fields = { 'l' .. side, string.format('%.0f', last), 'm' .. side, tostring(count) }
    if not keptMs or latestMs > tonumber(keptMs) then
      -- A minute more, so that not every message has to say so again.
      local keptUntilMs = latestMs + 60000
      fields[5], fields[6] = 'e' .. side, string.format('%.0f', keptUntilMs)
      for _, key in ipairs({ waiting, known, gone }) do
        redis.call('PEXPIRE', key, string.format('%.0f', keptUntilMs - now))
      end
    end
    if not dueMs or soonestMs < tonumber(dueMs) then
      local soonest = string.format('%.0f', soonestMs)
      redis.call('ZADD', due, 'LT', soonest, side .. channel)
      fields[#fields + 1], fields[#fields + 2] = 'n' .. side, soonest
    end
    redis.call('HSET', channel, unpack(fields))
    if here == 'here' then
      local sender = hint('P', others[side], 'away')
      tellLater(owner, side, 'M', said, function() became[1], told[#told + 1] = 'away', sender end)
    end
  end
  return became
end

local reply, key, arg = { 'put', told }, 1, 3
while key <= #KEYS do
  local side, count = ARGV[arg], tonumber(ARGV[arg + 1])
  turnTo(key)
  reply[#reply + 1] = try(put, side, KEYS[key + 4], arg + 2, arg + 1 + count)
  key, arg = key + 5, arg + 2 + count
end
publishAll()
return reply`,
);

/** ARGV from 3: for each mailbox its side, and up to which number. Replies `done` for each, or `failed` and why. */
const acknowledge = script(
  mailbox,
  `
local function acknowledge(side, seq)
  local ids = {}
  for at, entry in ipairs(redis.call('XRANGE', waiting, '-', seq .. '-0')) do ids[at] = ended(entry) end
  if #ids > 0 then
    redis.call('XTRIM', waiting, 'MINID', seq .. '-1')
    remember(ids)
    local owner = redis.call('HGET', channel, 'o' .. others[side])
    if owner and isOwn(owner) then told[#told + 1] = hint('R', others[side], table.concat(ids))
    elseif owner then tellLater(owner, others[side], 'R', ids) end
  end
  return { 'done' }
end

local reply = { 'acknowledged', told }
for key = 1, #KEYS, 4 do
  turnTo(key)
  reply[#reply + 1] = try(acknowledge, ARGV[(key + 5) / 2], ARGV[(key + 7) / 2])
end
publishAll()
return reply`,
);

/** KEYS[5]: the mailboxes of the slot in which something expires. */
const expire = script(
  mailbox,
  `
turnTo(1)
local count, nextMs = expire()
-- What is kept for no message has no end of its own any more: the next message says until when.
redis.call('HDEL', channel, 'n' .. ARGV[3], 'e' .. ARGV[3])
if nextMs then redis.call('ZADD', KEYS[5], string.format('%.0f', nextMs), ARGV[3] .. channel)
else redis.call('ZREM', KEYS[5], ARGV[3] .. channel) end
return { 'expired', told, tostring(count) }`,
);

/** What is done to messages. */
export const messageScripts = { put, acknowledge, expire } as const;

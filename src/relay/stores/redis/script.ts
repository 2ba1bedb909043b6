import { createHash } from 'node:crypto';
import { relayLimits } from '../../limits.ts';

/** How long Redis keeps what has expired, ms: clocks of several processes may differ. */
export const slackMs = 60_000;

/** A step that Redis takes as a whole. KEYS[1] is a channel's first key; ARGV[1] the process, ARGV[2] its time in ms. */
export interface Script {
  readonly lua: string;
  /** SHA-1, hexadecimal: what EVALSHA knows it by. */
  readonly sha: string;
}

/** What each begins with. */
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

-- Each hint that is published has its length before it, as there may be several. In pieces: they are put together once.
local function frame(into, head, pieces)
  local length = #head
  for _, piece in ipairs(pieces) do length = length + #piece end
  into[#into + 1], into[#into + 2] = struct.pack('>I4', length), head
  for _, piece in ipairs(pieces) do into[#into + 1] = piece end
end

local function forgetOwner(channel, side)
  redis.call('HDEL', channel, 'o' .. side)
end

local function nameFor(owner)
  return string.sub(channel, 1, 12) .. string.sub(owner, 1, 22)
end

-- Whether a process is there: a process that is gone hears nothing, and what it had open is forgotten.
local function publish(owner, side, kind, said)
  local framed = {}
  frame(framed, kind .. side .. channel, { said })
  if redis.call('SPUBLISH', nameFor(owner), table.concat(framed)) > 0 then return true end
  forgetOwner(channel, side)
  return false
end

local function isOwn(owner)
  return string.sub(owner, 1, 22) == self
end

-- Tells whoever has a mailbox open, in this process by the reply; false when nobody has.
local function tell(side, kind, rest)
  local owner = redis.call('HGET', channel, 'o' .. side)
  if not owner then return false end
  if not isOwn(owner) then return publish(owner, side, kind, rest) end
  told[#told + 1] = hint(kind, side, rest)
  return true
end
`;

/** Of parts in Lua. */
export function script(...parts: readonly string[]): Script {
  const lua = [start, ...parts].join('\n');
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

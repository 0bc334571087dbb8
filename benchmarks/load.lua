-- Sends what load.py says (METHOD PATH [BODY]); {n} counts up, {id} walks through the ids FIRST to LAST.
-- Prints one line of JSON at the end.

local method, path, body, first, last
local sent = 0

function init(arguments)
  method, path, first, last, body = arguments[1], arguments[2], tonumber(arguments[3]), tonumber(arguments[4]), arguments[5]
  if body then wrk.headers["Content-Type"] = "application/json" end
end

local function fill(text)
  local id = first + sent % (last - first + 1)
  return (text:gsub("{id}", tostring(id)):gsub("{n}", tostring(sent)))
end

function request()
  sent = sent + 1
  return wrk.format(method, fill(path), nil, body and fill(body))
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'JSON {"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end

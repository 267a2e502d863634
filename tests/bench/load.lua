-- wrk's script: sends each line of a file once, as the body of a form; with an empty file it asks with GET.
-- Arguments: the file, the number of threads. The last line of the output is what was reached, as JSON.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  bodies, place = {}, 0
  local index = 0
  for line in io.lines(args[1]) do
    if index % tonumber(args[2]) == number then bodies[#bodies + 1] = line end
    index = index + 1
  end
  if #bodies > 0 then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  end
  plain = wrk.format()
end

function request()
  if #bodies == 0 then return plain end
  place = place + 1
  return wrk.format(nil, nil, nil, bodies[place])
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"requests": %d, "seconds": %.6f, "failed": %d, "p50": %.3f, "p99": %.3f}\n',
    summary.requests, summary.duration / 1e6, failed, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end

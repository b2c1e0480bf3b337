import type { Prefixes } from '../../cost-model/serve/replay/prefixes.ts'
import type { Requests } from '../../cost-model/serve/replay/requests.ts'
import type { Trace } from './trace.ts'

/** The requests of these numbers, and when they come. */
export function partOf(trace: Trace, numbers: Int32Array): { readonly requests: Requests; readonly times: Float64Array } {
  const { session, prefixes } = trace
  const ints = (column: Int32Array) => numbers.map((i) => column[i])
  return {
    times: new Float64Array(numbers.length).map((_, i) => trace.times[numbers[i]]),
    requests: {
      isl: ints(trace.isl),
      osl: ints(trace.osl),
      cached: ints(trace.cached),
      ...(session !== undefined && { session: ints(session) }),
      ...(prefixes !== undefined && { prefixes: prefixesOf(prefixes, numbers) }),
    },
  }
}

function prefixesOf({ hashes, from, blockTokens }: Prefixes, numbers: Int32Array): Prefixes {
  const starts = new Int32Array(numbers.length + 1)
  for (const [i, n] of numbers.entries()) starts[i + 1] = starts[i] + from[n + 1] - from[n]
  const own = new Float64Array(starts[numbers.length])
  for (const [i, n] of numbers.entries()) own.set(hashes.subarray(from[n], from[n + 1]), starts[i])
  return { hashes: own, from: starts, blockTokens }
}

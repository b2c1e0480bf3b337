import { decodedTokens, type Load, tokensPerStep } from '../load.ts'

import { logNormals } from './random.ts'
import type { Trace } from './trace.ts'

/** Times of some requests, seconds. */
export interface Requests {
  readonly ttft: readonly number[]
  readonly tpot: readonly number[]
  readonly e2e: readonly number[]
  /** Number of the class of each. */
  readonly classOf: readonly number[]
  /** Between two steps that decode a request: so many tokens after so many seconds. */
  readonly counts: readonly number[]
  readonly intervals: readonly number[]
  /** Mean interval of a step that decodes a request. */
  readonly interval: number
}

/** Gives every first token of a trace an output: as many of the intervals that followed as it takes, round and round. */
export function requestsOf(load: Load, trace: Trace): Requests {
  const { ttft, from, past, counts, intervals, plain, foreign } = trace
  const until = clockOf(counts, intervals)
  const decodes = decodedTokens(load) > 0 && counts.length > 0
  const outputs = load.drawn?.outputs ?? logNormals('outputs', load.osl, load.oslCv)
  const gain = tokensPerStep(load.speculation)
  const [tpot, e2e] = [[] as number[], [] as number[]]
  let [seconds, tokens] = [0, 0]
  for (const [i, first] of ttft.entries()) {
    const output = decodes ? Math.max(1, outputs[trace.which[i]!]! - 1) : 0
    const begin = from[i]!
    const steps = output / gain
    const met = decodes ? Math.max(0, until(begin + steps) - until(begin) - past[i]!) : 0
    const decode = steps * plain + foreign * (met - steps * plain)
    tpot.push(decodes ? decode / output : 0)
    e2e.push(first + decode)
    seconds += decode
    tokens += output
  }
  return {
    ttft,
    tpot,
    e2e,
    classOf: trace.which.map((which) => load.drawn?.classOf[which] ?? 0),
    counts: counts.map((count, k) => count * trace.decoders[k]!),
    intervals,
    // No decode takes less than a step without prompts, however rounding has it for outputs of next to nothing.
    interval: tokens > 0 ? Math.max(plain, (seconds * gain) / tokens) : 0,
  }
}

/** Seconds until so many steps, not whole ones either, have passed; the steps repeat without end. */
function clockOf(counts: readonly number[], intervals: readonly number[]): (steps: number) => number {
  const [at, sums] = [[0], [0]]
  for (const [i, count] of counts.entries()) {
    at.push(at[i]! + count)
    sums.push(sums[i]! + count * intervals[i]!)
  }
  const last = counts.length
  return (steps) => {
    const rounds = Math.floor(steps / at[last]!)
    const rest = steps - rounds * at[last]!
    let [low, high] = [0, last - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (at[middle]! <= rest) low = middle
      else high = middle - 1
    }
    return rounds * sums[last]! + sums[low]! + (rest - at[low]!) * intervals[low]!
  }
}

import type { Counts } from '../counts.ts'
import type { Rate } from '../device.ts'
import type { Attention } from '../graph.ts'
import type { Kernel } from '../work.ts'
import { attendedEntries, causalPairs } from './attention.ts'
import { smoothMax, smoothShare } from './smooth-max.ts'

/** Queries of one block: half of a block of pairs above its diagonal is computed too. */
const block = 128

/** Head size at which a row of the calibration states its share of the peak. */
const reference = 128

/**
 * Attention of a prompt's queries to what lies before them, in blocks of 128: all pairs at the share of the peak that the head size allows,
 * and the longest block, which one multiprocessor does alone while the others have finished.
 */
export function contextAttention({ dims, rows }: Attention, rate: Rate): Kernel<Counts> {
  const { heads, qk, v, pieces } = dims
  const [window, every, top] = [dims.window ?? Number.POSITIVE_INFINITY, dims.every ?? 0, dims.top ?? Number.POSITIVE_INFINITY]
  const { perFlop, perByte, best, floor, multiprocessors = 0, source } = rate
  const { exponent, headSize = 0, longest } = source!.row
  const part = rows.share
  // Small heads waste more of a tile; none reaches more than the peak.
  const perPair = Math.max(best, (perFlop * (1 + (2 * headSize) / (qk + v))) / (1 + headSize / reference)) * 2 * (qk + v)
  const alone = longest === undefined ? 0 : (2 * (qk + v) * block * multiprocessors * best) / longest
  return (_, { prefill, prompts, promptContext }, done, parts) => {
    const own = prefill / prompts / (pieces ?? 1)
    const context = promptContext + prefill / prompts - own
    const pairs = causalPairs(own, context, window, every, top) + ((block - 1) / 2) * Math.min(own, window)
    const share = pieces === undefined ? part : 1
    const compute = prompts * share * heads * pairs * perPair + alone * attendedEntries(context + own, window, every, top)
    const memory = (done[1]! + done[2]!) * perByte
    const both = smoothMax(compute, memory, exponent)
    parts[0] = both * smoothShare(compute, memory, exponent)
    parts[1] = both - parts[0]!
    parts[2] = floor
  }
}

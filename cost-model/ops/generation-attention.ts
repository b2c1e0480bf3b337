import { format } from '../../spaces/precision.ts'
import type { Counts } from '../counts.ts'
import type { Rate } from '../device.ts'
import type { Attention } from '../graph.ts'
import type { Kernel } from '../work.ts'
import { attendedEntries } from './attention.ts'
import { smoothMax, smoothShare } from './smooth-max.ts'

/** Cached tokens that a block loads at once, and the fewest that are worth a block of their own. */
const [loaded, fewest] = [64, 256]

/** Rounds of blocks within which the best split is looked for. */
const mostRounds = 8

/** Query heads that one block does for the same cached tokens. */
const most = 64

/**
 * Attention of running requests to their caches: one block per request and KV head (and 64 query heads), which are split along the context
 * while multiprocessors are idle. It waits for the memory, for arithmetic over padded query heads, or for the fullest multiprocessor, which
 * has its share of the memory bandwidth and so many blocks, one after another.
 */
export function generationAttention({ dims, rows, format: cached }: Attention, rate: Rate): Kernel<Counts> {
  const { heads, qk, v, bytes, share } = dims
  // A latent serves all heads.
  const kvHeads = Math.max(1, Math.round(bytes / ((qk + v) * format(cached).bytes)))
  const [window, every, top] = [dims.window ?? Number.POSITIVE_INFINITY, dims.every ?? 0, dims.top ?? Number.POSITIVE_INFINITY]
  const { perFlop, perByte, floor, multiprocessors, bandwidth, source } = rate
  const { exponent, longest, tile = 1, perContextDoubling = 0 } = source!.row
  const alone = longest === undefined || multiprocessors === undefined ? 0 : ((bytes / kvHeads) * multiprocessors) / bandwidth / longest
  const part = rows.share
  return (_, { running, width, context }, done, parts) => {
    const requests = (running * part) / width
    const recent = window === 0 ? 0 : window + width - 1
    const entries = share * attendedEntries(context + width, recent, every, top * width)
    const queries = tile * Math.ceil((heads * width) / kvHeads / tile)
    const compute = requests * kvHeads * queries * entries * 2 * (qk + v) * perFlop
    const memory = (done[1]! + done[2]!) * perByte
    let waiting = memory
    if (alone > 0) {
      const blocks = requests * kvHeads * Math.ceil(queries / most)
      waiting = smoothMax(memory, longestRun(blocks, entries, multiprocessors!) * alone, exponent)
    }
    const both = smoothMax(compute, waiting, exponent)
    parts[0] = both * smoothShare(compute, waiting, exponent)
    parts[1] = both - parts[0]!
    parts[2] = floor + perContextDoubling * Math.log2(1 + entries / fewest)
  }
}

/** Cached tokens that the fullest multiprocessor goes through where each of so many blocks is cut into the number of pieces that suits best. */
function longestRun(blocks: number, entries: number, multiprocessors: number): number {
  const first = Math.ceil(blocks / multiprocessors)
  let least = Number.POSITIVE_INFINITY
  for (let rounds = first; rounds <= Math.max(first, mostRounds); rounds++) {
    const pieces = Math.floor((rounds * multiprocessors) / blocks)
    const piece = Math.max(entries / pieces, Math.min(entries, fewest))
    const used = Math.ceil((blocks * Math.min(pieces, Math.ceil(entries / piece))) / multiprocessors)
    least = Math.min(least, used * loaded * Math.ceil(piece / loaded))
    // Pieces as short as are worth it: more rounds only add some.
    if (piece <= fewest) break
  }
  return least
}

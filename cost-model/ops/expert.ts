import type { Routing } from '../calibration.ts'
import { type ExpertUse, expertUse } from '../expert-use.ts'
import { fullestDeviation, fullestDistinct, fullestLoad } from '../experts.ts'
import type { Expert } from '../graph.ts'
import { type StepWork, setDone } from '../work.ts'
import { activationBytes, inputBytes, storedBytes } from './linear.ts'

/** How the experts of an op are used; `nodes`: domains of fast links that the ranks are spread over. */
export function useOf({ dims, groups }: Expert, routing: Routing, nodes: number): ExpertUse {
  const { experts, redundant, topK, ranks } = dims
  return expertUse(routing, { experts, redundant, topK, ranks, nodes, groups })
}

/**
 * The experts of the slowest rank: its token-expert pairs (chance and popularity), each through one expert's weights, of which it reads
 * those that any token chose.
 */
export function expertWork(op: Expert, use: ExpertUse): StepWork<unknown> {
  const { experts, redundant, topK, ranks, weight } = op.dims
  const slots = experts + redundant
  const deviation = fullestDeviation(ranks)
  const expertBytes = weight * storedBytes(op.formats)
  // Tokens are gathered by expert, quantised and, after the products, added up again.
  const read = op.dims.in * (activationBytes + inputBytes(op.formats, op.activations))
  const write = 2 * op.dims.out * activationBytes
  return (tokens, _, done) => {
    const pairs = fullestLoad(slots, topK, ranks, tokens, use.skew, deviation)
    const distinct = fullestDistinct(slots, ranks, use.distinct(tokens), deviation)
    setDone(done, 2 * pairs * weight, distinct * expertBytes + pairs * read, pairs * write)
    done[3] = pairs
    done[4] = distinct
  }
}

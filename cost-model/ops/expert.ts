import type { Routing } from '../calibration.ts'
import { expertUse } from '../expert-use.ts'
import { fullestDeviation, fullestDistinct, fullestLoad } from '../experts.ts'
import type { Expert } from '../graph.ts'
import { type StepWork, setDone } from '../work.ts'
import { activationBytes, inputBytes, storedBytes } from './linear.ts'

/**
 * The experts of the slowest rank: its token-expert pairs (chance and popularity), each through one expert's weights, of which it reads
 * those that any token chose. `nodes`: domains of fast links that the ranks are spread over.
 */
export function expertWork(op: Expert, routing: Routing, nodes: number): StepWork<unknown> {
  const { experts, redundant, topK, ranks, weight } = op.dims
  const slots = experts + redundant
  const use = expertUse(routing, { experts, redundant, topK, ranks, nodes, groups: op.groups })
  const deviation = fullestDeviation(ranks)
  const expertBytes = weight * storedBytes(op.formats)
  // Tokens are gathered by expert, quantised and, after the products, added up again.
  const read = op.dims.in * (activationBytes + inputBytes(op.formats, op.activations))
  const write = 2 * op.dims.out * activationBytes
  return (tokens, _, done) => {
    const pairs = fullestLoad(slots, topK, ranks, tokens, use.skew, deviation)
    const distinct = fullestDistinct(slots, ranks, use.distinct(tokens), deviation)
    setDone(done, 2 * pairs * weight, distinct * expertBytes + pairs * read, pairs * write)
  }
}

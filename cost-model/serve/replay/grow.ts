import { take } from './blocks.ts'
import { growDrafts } from './drafts.ts'
import { growing, madeBy, preempt, type Rank, tokensOf } from './rank.ts'

/** Takes a block for every decoding request that needs one; whether somebody had to go for it. */
export function growDecodes(rank: Rank): boolean {
  if (rank.drafting !== undefined) {
    const preempted = growDrafts(rank, rank.drafting)
    if (!preempted) lowerRatio(rank, 1)
    return preempted
  }
  const enough = growing(rank) <= rank.blocks.free
  if (enough) lowerRatio(rank, 1)
  else if (rank.engine.scheduler.reserveDecay !== undefined) retract(rank, rank.engine.scheduler.reserveDecay.retractSteps)
  if (growing(rank) <= rank.blocks.free) take(rank.blocks, growing(rank))
  else preemptYoungest(rank)
  return !enough
}

/** SGLang counts less of the outputs to come with every decode step in which KV sufficed. */
export function lowerRatio(rank: Rank, rounds: number): void {
  const { reserveDecay: decay, reserveRatio: initial = 0 } = rank.engine.scheduler
  if (decay === undefined || rank.decoding === 0) return
  rank.ratio = Math.max(decay.least, rank.ratio - (rounds * (initial - decay.least)) / decay.steps)
}

/** vLLM: one after another takes its block, the oldest first, and the youngest loses its own where none is left. */
function preemptYoungest(rank: Rank): void {
  const { blocks, running, progress, engine } = rank
  for (let r = running.head; r >= 0; r = progress.queues.next[r]) {
    if (progress.joined[r] < 0 || tokensOf(rank, r) % engine.blockTokens !== 0) continue
    while (blocks.free < 1) {
      const youngest = running.tail
      preempt(rank, youngest, 'front')
      if (youngest === r) return
    }
    take(blocks, 1)
  }
}

/** SGLang's retract_decode: who made least (of these, who said most before) goes to the back until `steps` more of the others fit. */
function retract(rank: Rank, steps: number): void {
  const { running, progress, blocks, engine } = rank
  const { isl, osl } = progress.requests
  const order: number[] = []
  for (let r = running.head; r >= 0; r = progress.queues.next[r]) order.push(r)
  order.sort((a, b) => madeBy(rank, b) - madeBy(rank, a) || isl[a] - isl[b] || a - b)
  while (order.length > 1 && blocks.free * engine.blockTokens < order.length * steps) preempt(rank, order.pop()!, 'back')
  const made = order.reduce((sum, r) => sum + madeBy(rank, r), 0)
  const most = order.reduce((sum, r) => sum + osl[r], 0)
  rank.ratio = Math.min(1, (made + steps * order.length) / most)
}

import { stepWidth } from '../load.ts'
import { admitInto, schedule, textOf } from './admit.ts'
import { take } from './blocks.ts'
import { putDecodes } from './drafts.ts'
import { growDecodes } from './grow.ts'
import { preempt, type Rank } from './rank.ts'

/**
 * A step of vLLM V1 (v1/core/sched/scheduler.py) and TensorRT-LLM: a token of every decoding request, then the prompt that is begun, then
 * waiting ones. Where KV runs out the youngest loses its own and goes to the front of the queue; nobody is admitted in that step.
 * Seats never exceed the token budget, as vLLM demands, so that decodes always fit.
 */
export function formMixed(rank: Rank, now: number): void {
  const preempted = growDecodes(rank)
  const { work } = rank
  putDecodes(rank)
  const budget = rank.engine.budget - rank.decoding * stepWidth(rank.engine.speculation)
  if (preempted || (rank.partial >= 0 && !continuePartial(rank, budget))) return
  admitInto(rank, budget - work.prefillTokens, now)
}

/** The next chunk of the prompt that is begun; false: its KV ran out, and it starts again. It is always the youngest. */
export function continuePartial(rank: Rank, budget: number): boolean {
  const { partial: r, progress, engine, blocks } = rank
  const tokens = Math.min(textOf(rank, r) - progress.computed[r], budget)
  if (tokens <= 0) return true
  const had = Math.ceil(progress.computed[r] / engine.blockTokens)
  const more = Math.ceil((progress.computed[r] + tokens) / engine.blockTokens) - had
  if (more > blocks.free) {
    preempt(rank, r, 'front')
    return false
  }
  take(blocks, more)
  schedule(rank, r, tokens)
  return true
}

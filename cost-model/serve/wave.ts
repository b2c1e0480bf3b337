import { decodeInterval } from '../pipeline.ts'
import type { Burst } from './burst.ts'
import { computedPrompt, decodedTokens, type Load, type StepFunction } from './load.ts'
import { promptBudget, stepsAlone } from './prompt-queue.ts'
import { prefillInterval } from './rounds.ts'
import { noPrompts, shapeOf } from './shape.ts'
import { shareSteps } from './share.ts'

/**
 * Seconds from admission to first token where the requests of a wave come within a `part` of the life of a request, not evenly over all of
 * it: prompts meet as those of requests that live so much shorter do, in steps that are as long as ever.
 */
export function spreadPrefill(load: Load, running: number, part: number, step: StepFunction): number {
  const microbatches = Math.max(1, Math.min(load.pp, running / load.attentionDp))
  const lived = (part: number) => shareSteps({ ...load, osl: 1 + decodedTokens(load) * part }, running, microbatches)
  const steady = lived(1)
  const share = steady.stalls ? lived(part) : steady.demand >= 1 ? steady : lived(Math.max(part, leastPart(load, running, steady.demand)))
  const own = step(shapeOf(load, share.own, steady.beside / microbatches))
  const alone = step(shapeOf(load, noPrompts, running / microbatches))
  const [plain, slot] = [alone.latency, decodeInterval(alone, microbatches) / microbatches]
  // The step under way when a request comes was formed before, and may have prompts of its own.
  const late = load.scheduler.asyncScheduling ? Math.min(1, running - 1) : 0
  const busy = Math.min(1, (share.disturbed + share.elsewhere + share.prefill) / (share.decode + share.prefill))
  return (
    late * (plain + busy * Math.max(0, own.latency - plain)) +
    share.held * plain +
    own.latency +
    (share.prefill - 1) * prefillInterval(own, slot, microbatches, share).mean
  )
}

/** The part in which prompts come as fast as they are served; the queue of a shorter one is that of its successor. */
function leastPart(load: Load, running: number, demand: number): number {
  const each = running / Math.min(load.attentionDp, running)
  return Math.min(1, (each - 1) / (each / demand - 1))
}

/**
 * The same where outputs are of one length: requests that were prefilled in one step finish in one, and their successors follow each other
 * as they did. Where prefill stalls decodes, a whole replica starts and finishes together.
 */
export function lockstepPrefill(load: Load, running: number, start: Burst, step: StepFunction): number {
  if (start.steps === 1 || !load.scheduler.mixedSteps) return start.mean
  const prompt = computedPrompt(load)
  const own = stepsAlone(prompt / promptBudget(load, load.chunk))
  const groups = start.steps / own
  const sequences = running / start.steps
  const ranks = Math.min(load.attentionDp, running)
  const group = step(shapeOf(load, { tokens: prompt * sequences, sequences, ranks }, running - running / groups))
  // The step after the one that a group finishes in belongs to the group before; the first has none before.
  const late = load.scheduler.asyncScheduling ? (groups - 1) / groups : 0
  return (own + late) * group.latency
}

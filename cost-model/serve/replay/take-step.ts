import type { StepFunction, StepSeconds } from '../load.ts'
import type { ReplayEngine } from './engine.ts'
import { endStep, releaseLate } from './finish.ts'
import { addGaps } from './gaps.ts'
import { holdsPrompts } from './hold.ts'
import { formMixed } from './mixed.ts'
import { type Lane, nextLane, type Pipeline, readyTime } from './pipeline.ts'
import { endGaps, type Rank } from './rank.ts'
import { formSeparate } from './separate.ts'
import { stepShape } from './shape.ts'
import { advance, type Stretch, seconds, stretchAhead } from './skip.ts'

/** How the lanes of some replicas step. */
export interface Stepper {
  readonly engine: Pick<ReplayEngine, 'scheduler' | 'speculation'>
  readonly step: StepFunction
  /** Every step is formed on its own. */
  readonly stepwise: boolean
}

/** `rounds` engine steps, the last of which ends at `end`. */
export interface Took {
  readonly kind: 'took'
  readonly rounds: number
  readonly latency: number
  readonly end: number
}

/** `idle`: there was nothing to do. `waits`: there are requests, and none of them can run. */
export type StepOutcome = Took | { readonly kind: 'idle' } | { readonly kind: 'waits' }

/** When requests must have come that the next step of a lane, formed at `now`, knows of. */
export function horizonOf({ scheduler }: Stepper['engine'], { busy, start }: Lane, now: number): number {
  return busy && scheduler.asyncScheduling ? start : now
}

/**
 * The next step of a lane, from `now` on, or a stretch of decode steps that are alike. `until`: when the next request may come, and whether it
 * comes here (`alone`) does not depend on other replicas. What ends with it, `endLane` ends.
 */
export function takeStep(stepper: Stepper, pipeline: Pipeline, lane: Lane, now: number, until: number, alone: boolean): StepOutcome {
  const { engine, step, stepwise } = stepper
  const { lanes } = pipeline
  const single = stepwise || engine.speculation !== undefined || lanes.length > 1
  const stretch = single || !lane.busy ? undefined : stretchAhead(lane.ranks, step, now, until, alone)
  const took = stretch === undefined ? formed(stepper, lane, now) : take(lane, stretch, now)
  if ('kind' in took) {
    lane.busy = false
    lane.end = now
    return took
  }
  const rounds = stretch?.rounds ?? 1
  // A step follows the one before it through the stages.
  const end = Math.max(now + took.latency, lanes.length > 1 ? pipeline.lastEnd + took.period : 0)
  lane.start = stretch === undefined ? now : now + seconds(rounds - 1, stretch.first, stretch.growth)
  lane.end = end
  lane.round = took.latency / rounds
  lane.busy = true
  pipeline.entry = now + took.period
  return { kind: 'took', rounds, latency: took.latency, end }
}

/** Gives the tokens of the step that a lane took; how many requests finish with them. */
export function endLane({ ranks, end }: Lane): number {
  let finished = 0
  for (const rank of ranks) finished += endStep(rank, end)
  return finished
}

function formed({ engine, step }: Stepper, lane: Lane, now: number): StepSeconds | { readonly kind: 'idle' | 'waits' } {
  const form = engine.scheduler.mixedSteps ? formMixed : formSeparate
  const horizon = horizonOf(engine, lane, now)
  for (const rank of lane.ranks) rank.horizon = horizon
  const holds = holdsPrompts(lane.ranks, engine.scheduler.admissionHold, lane.held)
  lane.held = holds ? lane.held + 1 : 0
  for (const rank of lane.ranks) {
    clearWork(rank)
    rank.holds = holds
    form(rank, now)
  }
  const shape = stepShape(lane.ranks)
  let freed = false
  for (const rank of lane.ranks) if (releaseLate(rank)) freed = true
  return shape === undefined ? { kind: freed || lane.busy ? 'idle' : 'waits' } : step(shape)
}

/** All rounds of a stretch but the last, which ends like any other step. */
function take({ ranks }: Lane, { rounds, first, growth }: Stretch, now: number): StepSeconds {
  for (const rank of ranks) {
    clearWork(rank)
    if (rounds > 1) {
      endGaps(rank, now + first)
      addGaps(rank.progress.gaps, first + growth, growth, rounds - 2, rank.decoding)
      rank.fresh.length = 0
      rank.roundEnd = now + seconds(rounds - 1, first, growth)
    }
    rank.work.decodes = rank.decoding
    rank.work.gained = rank.decoding
    advance(rank, rounds)
  }
  const took = seconds(rounds, first, growth)
  return { latency: took, period: took }
}

function clearWork({ work, completing }: Rank): void {
  completing.length = 0
  work.prefillTokens = 0
  work.prefillSequences = 0
  work.prefillCached = 0
  work.decodes = 0
  work.gained = 0
  work.decodeCached = 0
}

/** The lane that steps next of all these replicas, and when. */
export function nextStep(
  pipelines: readonly Pipeline[],
): { readonly pipeline: Pipeline; readonly lane: Lane; readonly now: number } | undefined {
  let next: { readonly pipeline: Pipeline; readonly lane: Lane; readonly now: number } | undefined
  for (const pipeline of pipelines) {
    const lane = nextLane(pipeline.lanes)
    if (lane === undefined) continue
    const now = Math.max(readyTime(lane), pipeline.entry)
    if (next === undefined || now < next.now) next = { pipeline, lane, now }
  }
  return next
}

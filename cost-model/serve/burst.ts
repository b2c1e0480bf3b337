import { computedPrompt, decodedTokens, type Load, type StepFunction, stepWidth, tokensPerStep } from './load.ts'
import { promptBudget } from './prompt-queue.ts'
import { shapeOf } from './shape.ts'

/** Requests of a replica that start at once. Seconds from the start. */
export interface Burst {
  /** First token of each request of one attention-DP rank, ascending. */
  readonly first: readonly number[]
  readonly mean: number
  readonly end: number
  /** Steps that it takes. */
  readonly steps: number
}

/**
 * The staircase of a start: each rank prefills its share of `running` requests, as many tokens per step as the budget lets through beside
 * those that decode already. Step times are taken at an empty and a full replica and lie between these as the number of decodes does.
 */
export function startBurst(load: Load, running: number, step: StepFunction): Burst {
  const ranks = Math.min(load.attentionDp, running)
  const prompts = Math.max(1, Math.round(running / ranks))
  const prompt = computedPrompt(load)
  const all = prompts * prompt
  const { mixedSteps, policy } = load.scheduler
  const taken = mixedSteps && policy === 'running-first' ? stepWidth(load.speculation) : 0
  const timeOf = (tokens: number, decoding: number) =>
    step(shapeOf(load, { tokens: ranks * tokens, sequences: ranks * Math.max(1, tokens / prompt), ranks }, ranks * decoding, load.isl))
  const widest = Math.min(promptBudget(load, load.chunk), all)
  const empty = timeOf(widest, 0)
  const more = mixedSteps && widest < all ? timeOf(widest, prompts).period - empty.period : 0
  const life = decodedTokens(load) / tokensPerStep(load.speculation)
  const first: number[] = []
  const decodes: number[] = []
  let [time, done, finished] = [0, 0, 0]
  while (first.length < prompts) {
    const decoding = mixedSteps ? first.length - finished : 0
    const tokens = Math.min(Math.max(1, promptBudget(load, load.chunk - taken * decoding)), all - done)
    done += tokens
    // Only the last step is much shorter than the others.
    const short = tokens < 0.9 * widest ? timeOf(tokens, decoding) : undefined
    time += short?.period ?? empty.period + (more * decoding) / prompts
    const { latency, period } = short ?? empty
    const complete = done >= all * (1 - 1e-9) ? prompts : Math.min(prompts, Math.floor(done / prompt + 1e-9))
    decodes.push(complete)
    while (first.length < complete) first.push(time + latency - period)
    const gone = decodes.length - 1 - Math.ceil(life)
    if (gone >= 0) finished = decodes[gone]!
  }
  return { first, mean: first.reduce((sum, at) => sum + at, 0) / prompts, end: time, steps: decodes.length }
}

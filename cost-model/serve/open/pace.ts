import { decodeInterval } from '../../pipeline.ts'
import { computedPrompt, decodedTokens, type Load, type StepFunction, type StepSeconds, stepWidth } from '../load.ts'
import { noPrompts, shapeOf } from '../shape.ts'
import type { Prompts } from '../share.ts'

/** Steps of one replica, or of one lane of its pipeline, while a number of requests decode: seconds by the prompt tokens they carry. */
export interface Pace {
  /**
   * Of a step with that many prompt tokens on the fullest rank, and `even` of 0 to 1 of it on each other one: its way through all stages, and
   * through the slowest.
   */
  latency(tokens: number, even: number): number
  period(tokens: number, even: number): number
  /** Between two steps without prompts, and what one request more that decodes adds to it. */
  readonly plain: number
  readonly more: number
  /** Prompt tokens that a rank may put into a step. */
  readonly budget: number
  /** Lanes of a pipeline in which somebody decodes. Of one of them: its step without prompts, the time between two, and what one more adds to it. */
  readonly lanes: number
  readonly alone: StepSeconds
  readonly round: number
  readonly each: number
}

/** Step times at some prompt lengths, straight lines between them. Prompts beside decodes, or alone where they stall these. */
export function paceOf(load: Load, decoding: number, step: StepFunction): Pace {
  const ranks = Math.max(1, Math.min(load.attentionDp, load.concurrency))
  const lanes = Math.max(1, Math.floor(Math.min(load.pp, load.concurrency / ranks)))
  const prompt = computedPrompt(load)
  const stalls = !load.scheduler.mixedSteps && decodedTokens(load) > 0
  // A step without anything in it is none: where nobody decodes, it is one less than where one does.
  const least = Math.max(1, decoding)
  const beside = least / lanes
  const taken = load.scheduler.policy === 'running-first' && !stalls ? (stepWidth(load.speculation) * decoding) / lanes / ranks : 0
  const budget = Math.max(1, load.chunk - taken)
  const turn = (time: StepSeconds) => decodeInterval(time, lanes) / lanes
  // The next step may be told in the same object.
  const alone = { ...step(shapeOf(load, noPrompts, beside)) }
  const slot = turn(alone)
  const more = (turn(step(shapeOf(load, noPrompts, 2 * beside))) - slot) / least
  const lacking = (least - decoding) * more
  const most = load.scheduler.chunkedPrefill ? budget : Math.max(prompt, budget)
  const usual = Math.min(prompt, most)
  const lengths = [...new Set([usual / 4, usual, Math.sqrt(usual * most), most])]
  const on = (tokens: number, wide: number): Prompts => ({
    tokens: wide * tokens,
    sequences: wide * Math.max(1, tokens / prompt),
    ranks: wide,
  })
  const decodes = stalls ? 0 : beside
  const none: StepSeconds = stalls ? { latency: 0, period: 0 } : { latency: lanes * slot, period: slot }
  const withPrompts = (wide: number) => [none, ...lengths.map((tokens) => step(shapeOf(load, on(tokens, wide), decodes)))]
  const [one, all] = [withPrompts(1), ranks > 1 ? withPrompts(ranks) : undefined]
  const at = [0, ...lengths]
  const timeOf = (of: keyof StepSeconds, tokens: number, even: number) => {
    let i = 1
    while (i < at.length - 1 && tokens > at[i]!) i++
    const share = (tokens - at[i - 1]!) / (at[i]! - at[i - 1]!)
    const between = (times: readonly StepSeconds[]) => times[i - 1]![of] + share * (times[i]![of] - times[i - 1]![of])
    const lone = between(one)
    return all === undefined ? lone : lone + even * (between(all) - lone)
  }
  const less = stalls ? 0 : lacking
  return {
    latency: (tokens, even) => timeOf('latency', tokens, even) - lanes * less,
    period: (tokens, even) => timeOf('period', tokens, even) - less,
    plain: slot - lacking,
    more,
    budget,
    lanes,
    alone,
    round: lanes * slot,
    each: lanes < load.pp ? 0 : lanes * lanes * more,
  }
}

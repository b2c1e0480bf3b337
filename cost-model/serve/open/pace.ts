import { decodeInterval } from '../../pipeline.ts'
import { computedPrompt, decodedTokens, type Load, type StepFunction, stepWidth } from '../load.ts'
import { noPrompts, shapeOf } from '../shape.ts'
import type { Prompts } from '../share.ts'

/** Steps of one replica, or of one microbatch of it, while a number of requests decode: seconds by the prompt tokens they carry. */
export interface Pace {
  /** Of a step with that many prompt tokens on the fullest rank, and `even` of 0 to 1 of it on each other one. */
  seconds(tokens: number, even: number): number
  /** What one request more that decodes adds. */
  readonly more: number
  /** Seconds a prompt's last step needs through the other stages of a pipeline, while this stage has gone on. */
  readonly passage: number
  /** Prompt tokens that a rank may put into a step. */
  readonly budget: number
  /** Batches that take turns in a pipeline: a request decodes in every so manieth step. */
  readonly microbatches: number
}

/** Step times at some prompt lengths, straight lines between them. Prompts beside decodes, or alone where they stall these. */
export function paceOf(load: Load, decoding: number, step: StepFunction): Pace {
  const ranks = Math.max(1, Math.min(load.attentionDp, load.concurrency))
  const microbatches = Math.max(1, Math.floor(Math.min(load.pp, load.concurrency / ranks)))
  const prompt = computedPrompt(load)
  const stalls = !load.scheduler.mixedSteps && decodedTokens(load) > 0
  // A step without anything in it is none: where nobody decodes, it is one less than where one does.
  const least = Math.max(1, decoding)
  const beside = least / microbatches
  const taken = load.scheduler.policy === 'running-first' && !stalls ? (stepWidth(load.speculation) * decoding) / microbatches / ranks : 0
  const budget = Math.max(1, load.chunk - taken)
  const turn = (prompts: Prompts, decodes: number) => decodeInterval(step(shapeOf(load, prompts, decodes)), microbatches) / microbatches
  const plain = turn(noPrompts, beside)
  const more = (turn(noPrompts, 2 * beside) - plain) / least
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
  const withPrompts = (wide: number) => [stalls ? 0 : plain, ...lengths.map((tokens) => turn(on(tokens, wide), decodes))]
  const [one, all] = [withPrompts(1), ranks > 1 ? withPrompts(ranks) : undefined]
  const at = [0, ...lengths]
  const last = step(shapeOf(load, on(usual, 1), decodes))
  return {
    seconds: (tokens, even) => {
      if (tokens === 0) return plain - lacking
      let i = 1
      while (i < at.length - 1 && tokens > at[i]!) i++
      const share = (tokens - at[i - 1]!) / (at[i]! - at[i - 1]!)
      const lone = one[i - 1]! + share * (one[i]! - one[i - 1]!)
      const together = all === undefined ? lone : all[i - 1]! + share * (all[i]! - all[i - 1]!)
      return lone + even * (together - lone) - (stalls ? 0 : lacking)
    },
    more,
    passage: Math.max(0, last.latency - decodeInterval(last, microbatches) / microbatches),
    budget,
    microbatches,
  }
}

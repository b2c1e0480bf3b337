import { fullestDeviation } from '../experts.ts'
import { computedPrompt, decodedTokens, type Load } from './load.ts'
import { mixedQueue, type PromptQueue, stalledQueue } from './prompt-queue.ts'

/** Prompts in a step, over all attention-DP ranks. */
export interface Prompts {
  readonly tokens: number
  readonly sequences: number
  /** Ranks that as many tokens as on the fullest rank would fill. */
  readonly ranks: number
}

/** How the requests of a replica share its steps, seen by one of them. */
export interface Share {
  /** Prefill stalls decodes: the disturbed steps lie between decode steps, not among them. */
  readonly stalls: boolean
  readonly prefill: number
  readonly decode: number
  /** Steps that its prompt is held back for those of other ranks. */
  readonly held: number
  /** Steps with others' prompts while it decodes. */
  readonly disturbed: number
  /** Of its prefill steps: the mean, and the fullest, which a pipeline waits for. */
  readonly own: Prompts
  readonly widest: Prompts
  readonly other: Prompts
  /** Requests decoding beside prompts. */
  readonly beside: number
  readonly utilisation: number
  readonly demand: number
}

/**
 * Ranks step together and each admits its own prompts, so 1 - (1 - busy)^ranks of the steps carry prompts and each is as long as on the
 * rank with most of them. What a request does not see of its replica's prompt tokens during its own prefill, it meets while it decodes.
 */
export function shareSteps(load: Load, running: number, microbatches: number): Share {
  const ranks = Math.min(load.attentionDp, running)
  const prompt = computedPrompt(load)
  const stalls = !load.scheduler.mixedSteps && decodedTokens(load) > 0
  const queue = (stalls ? stalledQueue : mixedQueue)(load, running / ranks, microbatches)
  const { prefill, decode, budget } = queue
  // Ranks that hold their prompts back for each other fall into the same steps.
  const hold = load.scheduler.admissionHold ?? 1
  const meeting = 1 - (1 - queue.busy) ** hold
  const met = 1 + (ranks - 1) * meeting
  const parallel = (ranks * meeting) / (1 - (1 - meeting) ** ranks)
  const busy = (ranks * queue.busy) / parallel
  const after = Math.max(0, busy * queue.cycle - prefill)
  const left = Math.max(0, running * prompt - prefill * queue.chunk * met)
  // A request alone meets nobody, up to rounding.
  const disturbed = left < 1e-9 * prompt ? 0 : stalls ? after : Math.min(decode, after)
  const other = disturbed > 0 ? Math.min(left / disturbed / parallel, budget) : 0
  const spread = promptSpread(load, queue)
  const on = (ranks: number, tokens: number): Prompts => ({
    tokens: ranks * tokens,
    sequences: ranks * Math.max(1, tokens / prompt),
    ranks: tokens > 0 ? (ranks * tokens) / Math.max(tokens, Math.min(budget, tokens + spread * fullestDeviation(ranks))) : ranks,
  })
  const decoding = (running * decode) / (decode + prefill)
  return {
    stalls,
    held: ranks > 1 ? (hold - 1) / 2 : 0,
    prefill,
    decode,
    disturbed,
    own: on(met, queue.chunk),
    widest: on(met, Math.max(queue.chunk, Math.min(budget, prompt))),
    other: on(parallel, other),
    beside: stalls ? 0 : Math.min(running - 1, Math.max(0, (decoding - (1 - busy) * running) / busy)),
    utilisation: queue.utilisation,
    demand: queue.demand,
  }
}

/** Standard deviation of the prompt tokens of a rank that has some: Poisson arrivals, given that there is one. */
function promptSpread(load: Load, queue: PromptQueue): number {
  const mean = Math.max(1, queue.arrivals / queue.busy)
  const variance = mean * Math.max(0, 1 + queue.arrivals - mean + load.islCv * load.islCv)
  return computedPrompt(load) * Math.sqrt(variance)
}

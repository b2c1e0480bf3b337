import { fullestDeviation } from '../../experts.ts'
import { pipelinedPrefill } from '../../pipeline.ts'
import { computedPrompt, type Load, type StepFunction, type StepSeconds } from '../load.ts'
import { promptBudget, stepsAlone } from '../prompt-queue.ts'
import { shapeOf } from '../shape.ts'

/**
 * A prefill worker as a server that takes up to `most` prompts at once, for fixed + perPrompt x prompts seconds. Less of any of these but `most`
 * is better, and the sojourn is non-decreasing in each (docs of `prefillSojourn`): a search compares workers by them.
 */
export interface PrefillWorker {
  readonly fixed: number
  readonly perPrompt: number
  readonly most: number
  /** What a prompt still takes after the worker turned to the next ones (other pipeline stages), and host work on it that no other waits for. */
  readonly passage: number
  readonly perRequest: number
  /** Coefficient of variation of its prompts. */
  readonly cv: number
  /** Prompts whose KV it holds at once, those included that wait to be pulled. */
  readonly holds: number
  /** Pieces in which the KV of a prompt becomes available, of chunks; layers are the connector's matter. */
  readonly chunks: number
}

/**
 * From three step times at most: one prompt alone, and a full step on all attention-DP ranks. Prompts longer than the budget take several
 * steps, one prompt per rank at a time. `load` is that of a worker which gives one token per request.
 */
export function prefillWorker(load: Load, step: StepFunction): PrefillWorker {
  const prompt = computedPrompt(load)
  const ranks = load.attentionDp
  const budget = promptBudget(load, load.chunk)
  const held = Math.max(1, Math.min(load.concurrency, load.seats, load.kvSeats) / ranks)
  const each = Math.max(1, Math.min(budget / prompt, held))
  const steps = Math.max(1, prompt / budget)
  const alone = oneAlone(load, prompt, budget, step)
  const full = fullStep(load, Math.min(budget, each * prompt), ranks, step)
  const most = each * ranks
  // A step of several prompts takes no less per prompt than its share of a full one: packing never makes the whole slower.
  const perPrompt = most > 1 ? Math.max(0, Math.min((steps * full.period - alone.period) / (most - 1), (steps * full.period) / most)) : 0
  return {
    fixed: Math.max(0, steps * full.period - perPrompt * most),
    perPrompt,
    most,
    passage: alone.latency - alone.period,
    perRequest: load.perRequest,
    cv: load.islCv,
    holds: Math.max(ranks, Math.min(load.concurrency, load.kvSeats)),
    chunks: stepsAlone(prompt / budget),
  }
}

/** Seconds of a prompt that meets no other: until its last stage is through, and until the worker can turn to another. */
function oneAlone(load: Load, prompt: number, budget: number, step: StepFunction): StepSeconds {
  const steps = stepsAlone(prompt / budget)
  const on = (tokens: number) => step(shapeOf(load, { tokens, sequences: 1, ranks: 1 }, 0))
  const own = on(prompt / steps)
  if (load.pp === 1) return { latency: steps * own.latency, period: steps * own.latency }
  const widest = steps > 1 ? on(budget) : own
  return { latency: pipelinedPrefill(own, steps, widest), period: steps * own.period }
}

/** All ranks at work: a step is as long as on the one with the longest prompts. */
function fullStep(load: Load, tokens: number, ranks: number, step: StepFunction): StepSeconds {
  const prompt = computedPrompt(load)
  const prompts = Math.max(1, tokens / prompt)
  const fullest = Math.min(Math.max(tokens, load.chunk), tokens + (tokens / Math.sqrt(prompts)) * load.islCv * fullestDeviation(ranks))
  return step(shapeOf(load, { tokens: ranks * tokens, sequences: ranks * prompts, ranks: (ranks * tokens) / fullest }, 0))
}

/** Prompts per second that a worker takes in at most. */
export function prefillCapacity({ fixed, perPrompt, most }: PrefillWorker): number {
  return most / (fixed + perPrompt * most)
}

/**
 * Seconds from arrival to the last token of the prompt, where `rate` prompts per second (below the workers' capacity) come to one queue of
 * `workers`, with a coefficient of variation of the times between them. Two bounds from above, of which the lower is close. Few prompts: one at
 * a time (M/G/c after Sakasegawa, Ann. Inst. Stat. Math. 29, 1977, and Allen and Cunneen; M/G/1 for one worker). Many: all that waits goes into
 * one step (Inoue, arXiv 1912.06322: 3/2 fixed / (1 - x) + perPrompt (2 + x) / (2 (1 - x^2)), x = rate perPrompt), and what full steps leave
 * behind waits on. Non-decreasing in fixed, perPrompt and rate; non-increasing in `most`.
 */
export function prefillSojourn(worker: PrefillWorker, workers: number, rate: number, arrivalCv: number): PrefillTimes {
  const { fixed, perPrompt, most, passage, perRequest, cv } = worker
  const own = rate / workers
  const one = fixed + perPrompt
  const variability = (arrivalCv * arrivalCv + cv * cv) / 2
  const power = Math.sqrt(2 * (workers + 1))
  const [busy, x] = [own * one, own * perPrompt]
  const few = busy < 1 ? one + (variability * busy ** (power - 1) * one) / (workers * (1 - busy)) : Number.POSITIVE_INFINITY
  const step = fixed / (1 - x)
  const crowd = ((perPrompt * (2 + x)) / (1 - x * x) / 2 - perPrompt) * arrivalCv * arrivalCv
  const full = own / prefillCapacity(worker)
  const left = (variability * full ** ((power * (most + 1)) / 2)) / prefillCapacity(worker) / (1 - full)
  const many = step + perPrompt + (step / 2 + crowd + left) / workers
  const sojourn = most > 1 ? Math.min(few, many) : few
  const held = Math.max(one, step)
  const seconds = Math.min(sojourn, held)
  return { wait: sojourn - seconds, prefill: perRequest + seconds + passage, own: one, held }
}

export interface PrefillTimes {
  readonly wait: number
  /** From the start of its step to its last token, host work on the request included. */
  readonly prefill: number
  /** Its own computation alone, from which its KV is sent piece by piece. */
  readonly own: number
  /** Its steps, shared with others, in which it has room for its KV. */
  readonly held: number
}

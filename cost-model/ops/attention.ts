import type { Counts } from '../counts.ts'
import type { Attention, Scan } from '../graph.ts'
import { type StepWork, setDone } from '../work.ts'
import { activationBytes } from './linear.ts'

/** Cached entries that a query at position `n` (1-based) attends to: the newest `window`, then one of every `every` tokens (0: none), at most `top`. */
export function attendedEntries(n: number, window: number, every: number, top: number): number {
  return Math.min(n, window) + (every === 0 ? 0 : Math.min(n / every, top))
}

/** Query-key pairs of `q` new tokens behind `context` cached ones: each query attends to what lies before it and itself. */
export function causalPairs(q: number, context: number, window: number, every: number, top: number): number {
  return sumCapped(q, context, window) + (every === 0 ? 0 : sumCapped(q, context, top * every) / every)
}

/** Sum of min(context + i, cap) for i = 1 .. q. */
function sumCapped(q: number, context: number, cap: number): number {
  const free = Math.min(q, Math.max(0, cap - context))
  const below = free * (context + (free + 1) / 2)
  return free < q ? below + (q - free) * cap : below
}

/** Entries that some query of a prompt attends to. */
function attendedKeys(q: number, context: number, window: number, every: number, top: number): number {
  const all = context + q
  const recent = window === 0 ? 0 : Math.min(all, window + q)
  return every === 0 ? recent : Math.min(all, recent + Math.min(all / every, top * q))
}

/**
 * Softmax attention: 2 (qk + v) FLOP per head and pair (Q K^T and P V). A prompt's queries share what they read of the cache, as drafts
 * do; a decode step reads every attended entry. Sequence shards that are balanced (zigzag) each have their share of the pairs; of contiguous ones the
 * last has most, (2P - 1) / P^2 of them. Either way it meets all keys.
 */
export function attentionWork({ dims, phase, rows }: Attention): StepWork<Counts> {
  const { heads, qk, v, bytes, share, pieces } = dims
  const [window, every, top] = [dims.window ?? Number.POSITIVE_INFINITY, dims.every ?? 0, dims.top ?? Number.POSITIVE_INFINITY]
  const perPair = 2 * heads * (qk + v)
  const [read, write] = [heads * qk * activationBytes, heads * v * activationBytes]
  const part = rows.share
  if (phase === 'decode') {
    return (_, { running, width, context }, done) => {
      const queries = running * part
      const pairs = queries * share * attendedEntries(context + (width + 1) / 2, window, every, top)
      // Tokens of one request read its cache once, and each its own newest and best entries.
      const recent = window === 0 ? 0 : window + width - 1
      const entries = (queries / width) * share * attendedEntries(context + width, recent, every, top * width)
      setDone(done, pairs * perPair, entries * bytes + queries * read, queries * write)
    }
  }
  return (_, { prefill, prompts, promptContext }, done) => {
    const q = prefill / prompts
    const own = prefill * part
    const pairs =
      pieces === undefined
        ? prompts * part * causalPairs(q, promptContext, window, every, top)
        : prompts * causalPairs(q / pieces, promptContext + q - q / pieces, window, every, top)
    const keys = prompts * attendedKeys(q, promptContext, window, every, top)
    setDone(done, pairs * perPair, keys * bytes + own * read, own * write)
  }
}

/** A recurrence reads and writes the state of each sequence once a step, and its inputs and outputs token by token. */
export function scanWork({ dims, phase, rows }: Scan): StepWork<Counts> {
  const { flops, state } = dims
  const [input, output] = [dims.in * activationBytes, dims.out * activationBytes]
  const [ofPrompts, ofRunning] = phase === 'prefill' ? [1, 0] : [0, rows.share]
  return (tokens, { prompts, running }, done) => {
    const states = (ofPrompts * prompts + ofRunning * running) * state
    setDone(done, tokens * flops, states + tokens * input, states + tokens * output)
  }
}

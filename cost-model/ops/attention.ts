import type { Counts } from '../counts.ts'
import type { Attention, Scan } from '../graph.ts'
import type { Work } from '../work.ts'
import { activationBytes } from './linear.ts'

type Reach = Pick<Attention['dims'], 'window' | 'every' | 'top'>

/** Cached entries that a query at position `n` (1-based) attends to: the newest `window`, then entries of `every` tokens, at most `top`. */
export function attendedEntries(n: number, { window, every, top }: Reach): number {
  const older = every === undefined ? 0 : Math.min(n / every, top ?? n)
  return Math.min(n, window ?? n) + older
}

/** Query-key pairs of `q` new tokens behind `context` cached ones: each query attends to what lies before it and itself. */
export function causalPairs(q: number, context: number, { window, every, top }: Reach): number {
  const older = every === undefined ? 0 : sumCapped(q, context, top === undefined ? Number.POSITIVE_INFINITY : top * every) / every
  return (window === 0 ? 0 : sumCapped(q, context, window ?? Number.POSITIVE_INFINITY)) + older
}

/** Sum of min(context + i, cap) for i = 1 .. q. */
function sumCapped(q: number, context: number, cap: number): number {
  const free = Math.min(q, Math.max(0, cap - context))
  const below = free * (context + (free + 1) / 2)
  return free < q ? below + (q - free) * cap : below
}

/**
 * Softmax attention: 2 (qk + v) FLOP per head and pair (Q K^T and P V). A prompt's queries share what they read of the cache; a decode
 * step reads every attended entry. Sequence shards are balanced (zigzag): each has its share of the pairs and meets all keys.
 */
export function attentionWork({ dims, phase, rows }: Attention): (_: number, counts: Counts) => Work {
  const { heads, qk, v, bytes, share } = dims
  const perPair = 2 * heads * (qk + v)
  const [read, write] = [heads * qk * activationBytes, heads * v * activationBytes]
  if (phase === 'decode') {
    return (_, { running, context }) => {
      const sequences = running * rows.share
      const entries = sequences * share * attendedEntries(context + 1, dims)
      return { flops: entries * perPair, read: entries * bytes + sequences * read, write: sequences * write, sent: 0, messages: 0 }
    }
  }
  return (_, { prefill, prompts, promptContext }) => {
    const queries = prefill / prompts
    const own = prefill * rows.share
    const keys = attendedKeys(queries, promptContext, dims)
    const pairs = prompts * rows.share * causalPairs(queries, promptContext, dims)
    return { flops: pairs * perPair, read: prompts * keys * bytes + own * read, write: own * write, sent: 0, messages: 0 }
  }
}

/** Entries that some query of a prompt attends to. */
function attendedKeys(queries: number, context: number, reach: Reach): number {
  const all = context + queries
  const recent = Math.min(all, (reach.window ?? all) + (reach.window === 0 ? 0 : queries))
  if (reach.every === undefined) return recent
  const older = all / reach.every
  return Math.min(all, recent + Math.min(older, (reach.top ?? older) * queries))
}

/** A recurrence reads and writes the state of each sequence once a step, and its inputs and outputs token by token. */
export function scanWork({ dims, phase, rows }: Scan): (rows: number, counts: Counts) => Work {
  const [input, output] = [dims.in * activationBytes, dims.out * activationBytes]
  return (tokens, { prompts, running }) => {
    const states = (phase === 'prefill' ? prompts : running * rows.share) * dims.state
    return { flops: tokens * dims.flops, read: states + tokens * input, write: states + tokens * output, sent: 0, messages: 0 }
  }
}

import { acceptanceAt, type Speculation } from '../../../spaces/plan.ts'
import { makeRng, type Rng } from '../../../spaces/rng.ts'
import { take } from './blocks.ts'
import { pushBack, remove } from './list.ts'
import { madeBy, phaseOf, preempt, type Rank, tokensOf } from './rank.ts'

/** Speculative decoding of one rank. */
export interface Drafting {
  readonly speculation: Speculation
  readonly rng: Rng
  /** By request: KV blocks that it holds, and the tokens that its step gives it. */
  readonly held: Int32Array
  readonly gain: Int32Array
}

/** By rank: each draws from a stream of its own, over arrays that all share. */
export function draftingOf(speculation: Speculation | undefined, count: number, seed: number): (rank: number) => Drafting | undefined {
  if (speculation === undefined) return () => undefined
  const [held, gain] = [new Int32Array(count), new Int32Array(count)]
  return (rank) => ({ speculation, held, gain, rng: makeRng(seed, 16 + rank) })
}

/**
 * Takes blocks for the last token and the drafts of every decoding request, the oldest first, and draws how many of its drafts are accepted.
 * The youngest loses its blocks where none are left; whether somebody did.
 */
export function growDrafts(rank: Rank, drafting: Drafting): boolean {
  const { running, progress, blocks, engine } = rank
  const { held, gain, speculation, rng } = drafting
  let preempted = false
  for (let r = running.head; r >= 0; r = progress.queues.next[r]) {
    if (progress.joined[r] < 0) continue
    // Its last drafts need no more than its longest text.
    const most = progress.requests.isl[r] + progress.requests.osl[r] - 1
    const blocksNeeded = Math.ceil(Math.min(most, tokensOf(rank, r) + 1 + speculation.depth) / engine.blockTokens)
    const need = Math.max(0, blocksNeeded - held[r])
    while (blocks.free < need && progress.joined[r] >= 0) {
      preempt(rank, running.tail, 'front')
      preempted = true
    }
    if (progress.joined[r] < 0) break
    take(blocks, need)
    held[r] += need
    gain[r] = Math.min(1 + accepted(speculation, rng), progress.requests.osl[r] - madeBy(rank, r))
  }
  return preempted
}

function accepted(speculation: Speculation, rng: Rng): number {
  let drafts = 0
  while (drafts < speculation.depth && rng.uniform() < acceptanceAt(speculation, drafts)) drafts++
  return drafts
}

/** Puts all that decode into the step. */
export function putDecodes(rank: Rank): void {
  const { work, drafting } = rank
  work.decodes = rank.decoding
  work.decodeCached = rank.decodeTokens
  work.gained = drafting === undefined ? rank.decoding : gained(rank, drafting)
}

function gained({ running, progress: { queues, joined } }: Rank, { gain }: Drafting): number {
  let tokens = 0
  for (let r = running.head; r >= 0; r = queues.next[r]) if (joined[r] >= 0) tokens += gain[r]
  return tokens
}

/** A round gives every request a token; this gives each what it gained beyond. */
export function acceptDrafts(rank: Rank, { gain }: Drafting): void {
  const { running, progress, ends, phases } = rank
  const { queues, joined, made, computed, requests, endings } = progress
  const endOf = (r: number) => ends[(joined[r] + requests.osl[r] - made[r]) & (ends.length - 1)]
  for (let r = running.head; r >= 0; r = queues.next[r]) {
    const more = joined[r] < 0 ? 0 : gain[r] - 1
    if (more === 0) continue
    remove(endOf(r), endings, r)
    phases[phaseOf(rank, r)]--
    made[r] += more
    computed[r] += more
    phases[phaseOf(rank, r)]++
    pushBack(endOf(r), endings, r)
    rank.decodeTokens += more
  }
}

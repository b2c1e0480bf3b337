import { type FreeBlocks, freeBlocks, release } from './blocks.ts'
import type { Drafting } from './drafts.ts'
import { blocksEach, type ReplayEngine } from './engine.ts'
import { addGap, type Gaps } from './gaps.ts'
import { emptyList, type Links, type List, makeLinks, pushBack, pushFront, remove } from './list.ts'
import type { Requests } from './requests.ts'

/** What a replay writes down about each request. Seconds; NaN before it happened. */
export interface Records {
  readonly arrival: Float64Array
  /** When it first held a seat. */
  readonly admitted: Float64Array
  readonly first: Float64Array
  readonly finish: Float64Array
  readonly preemptions: Int32Array
}

/** Progress of every request, shared by the ranks. A decoding request's tokens are those at `joined` and one more per round since. */
export interface Progress {
  readonly requests: Requests
  readonly records: Records
  readonly queues: Links
  readonly endings: Links
  /** Tokens with KV, output tokens made. */
  readonly computed: Int32Array
  readonly made: Int32Array
  /** Decode round of its rank in which it began to decode; -1: it does not. */
  readonly joined: Int32Array
  readonly runOf: Int32Array
  /** When a request got its last token; of one that decodes, only until the next round ends. */
  readonly lastToken: Float64Array
  readonly gaps: Gaps
}

/** What one rank does in a step. */
export interface Work {
  prefillTokens: number
  prefillSequences: number
  /** Tokens in the cache of all these prompts, and of all decoding requests. */
  prefillCached: number
  decodes: number
  decodeCached: number
  /** Tokens that these decodes give. */
  gained: number
}

/** One scheduler with its requests and its KV. All that decode get a token each round, so a round costs nothing per request. */
export interface Rank {
  readonly engine: ReplayEngine
  readonly progress: Progress
  readonly blocks: FreeBlocks
  readonly waiting: List
  /** Requests whose KV has come from another worker, in the order in which it came. */
  readonly landed: List
  /** Requests that were served but keep a seat and KV, until the latter is pulled. */
  held: number
  /** On a prefill worker: requests whose prompt the last step computed, to be collected; elsewhere absent. */
  readonly outbox: number[] | undefined
  /** What a step frees is known when the next one but one is formed, or (not asynchronous) the next one; else at once. */
  readonly freesLate: boolean
  /** Oldest first. */
  readonly running: List
  /** Requests that got here later are not known to the scheduler yet, seconds. */
  horizon: number
  /** No prompt is admitted in this step: others of its lane have none yet. */
  holds: boolean
  /** The request whose prompt is only begun; -1: none. */
  partial: number
  /** Requests whose prompt this step completes. */
  readonly completing: number[]
  decoding: number
  /** KV tokens of all that decode. */
  decodeTokens: number
  /** Decode rounds so far, and when the last one ended. */
  round: number
  roundEnd: number
  /** Requests that began to decode since then. */
  readonly fresh: number[]
  /** Decoding requests by the remainder of their tokens less rounds: those that need a block next. */
  readonly phases: Int32Array
  /** Decoding requests by the round that ends them, modulo the length. */
  readonly ends: List[]
  /** Blocks promised to running requests under `reserve-all`. */
  reserved: number
  /** Freed by the last step, unknown to the scheduler when it formed the next (asynchronous scheduling). */
  readonly late: { blocks: number; reserved: number; seats: number }
  /** The request at the head of the queue lacks a seat or KV: nothing changes that before another finishes. */
  blocked: boolean
  /** Share of outputs to come that admission counts under `reserve-ratio`. */
  ratio: number
  readonly work: Work
  /** Absent: nobody speculates. */
  readonly drafting: Drafting | undefined
}

export function makeProgress(requests: Requests, arrival: Float64Array, gaps: Gaps): Progress {
  const count = requests.isl.length
  const unknown = () => new Float64Array(count).fill(Number.NaN)
  return {
    requests,
    records: { arrival, admitted: unknown(), first: unknown(), finish: unknown(), preemptions: new Int32Array(count) },
    queues: makeLinks(count),
    endings: makeLinks(count),
    computed: new Int32Array(count),
    made: new Int32Array(count),
    joined: new Int32Array(count).fill(-1),
    runOf: new Int32Array(count).fill(-1),
    lastToken: unknown(),
    gaps,
  }
}

/** `role`: of a worker that does one phase alone; absent: it does both. */
export function makeRank(engine: ReplayEngine, progress: Progress, drafting?: Drafting, role?: 'prefill' | 'decode'): Rank {
  const longest = progress.requests.osl.reduce((most, tokens) => Math.max(most, tokens), 1)
  return {
    engine,
    progress,
    blocks: freeBlocks(blocksEach(engine), engine.prefixRecovery ? progress.runOf : undefined),
    waiting: emptyList(),
    landed: emptyList(),
    held: 0,
    outbox: role === 'prefill' ? [] : undefined,
    freesLate: engine.scheduler.asyncScheduling || role === 'decode',
    running: emptyList(),
    horizon: Number.POSITIVE_INFINITY,
    holds: false,
    partial: -1,
    completing: [],
    decoding: 0,
    decodeTokens: 0,
    round: 0,
    roundEnd: Number.NaN,
    fresh: [],
    phases: new Int32Array(engine.blockTokens),
    ends: Array.from({ length: 2 ** Math.ceil(Math.log2(longest + 1)) }, emptyList),
    reserved: 0,
    late: { blocks: 0, reserved: 0, seats: 0 },
    blocked: false,
    ratio: engine.scheduler.reserveRatio ?? 0,
    work: { prefillTokens: 0, prefillSequences: 0, prefillCached: 0, decodes: 0, decodeCached: 0, gained: 0 },
    drafting,
  }
}

/** Tokens of a request that have KV now. */
export function tokensOf({ progress: { computed, joined }, round }: Rank, r: number): number {
  return joined[r] < 0 ? computed[r] : computed[r] + round - joined[r]
}

export function madeBy({ progress: { made, joined }, round }: Rank, r: number): number {
  return joined[r] < 0 ? made[r] : made[r] + round - joined[r]
}

/** Decoding requests that need another block in the round after `ahead` more. */
export function growing({ phases, round, engine: { blockTokens } }: Rank, ahead = 0): number {
  return phases[(blockTokens - ((round + ahead) % blockTokens)) % blockTokens]
}

/** A request whose last token came at `progress.lastToken`, or that has none yet. */
export function startDecoding(rank: Rank, r: number): void {
  const { computed, made, joined, requests, endings } = rank.progress
  joined[r] = rank.round
  rank.fresh.push(r)
  rank.decoding++
  rank.decodeTokens += computed[r]
  rank.phases[phaseOf(rank, r)]++
  if (rank.drafting !== undefined) rank.drafting.held[r] = Math.ceil(computed[r] / rank.engine.blockTokens)
  pushBack(rank.ends[(rank.round + requests.osl[r] - made[r]) & (rank.ends.length - 1)], endings, r)
}

export function stopDecoding(rank: Rank, r: number): void {
  const { computed, made, joined, requests, endings } = rank.progress
  remove(rank.ends[(joined[r] + requests.osl[r] - made[r]) & (rank.ends.length - 1)], endings, r)
  rank.phases[phaseOf(rank, r)]--
  computed[r] = tokensOf(rank, r)
  made[r] = madeBy(rank, r)
  joined[r] = -1
  rank.decoding--
  rank.decodeTokens -= computed[r]
}

export function phaseOf({ progress: { computed, joined }, engine: { blockTokens } }: Rank, r: number): number {
  return (((computed[r] - joined[r]) % blockTokens) + blockTokens) % blockTokens
}

/** Of a request that does not decode any more: blocks of its text, and those kept for drafts. It holds none of the latter afterwards. */
export function blocksHeld({ progress, engine, drafting }: Rank, r: number): number {
  const text = Math.ceil(progress.computed[r] / engine.blockTokens)
  if (drafting === undefined) return text
  const held = Math.max(text, drafting.held[r])
  drafting.held[r] = 0
  return held
}

/** Counts the gaps that a round ends at `now`, of all that decode; one that had no token yet gets its first. */
export function endGaps({ fresh, progress, decoding, roundEnd }: Rank, now: number): void {
  const { lastToken, gaps, records } = progress
  for (const r of fresh) {
    if (Number.isNaN(lastToken[r])) records.first[r] = now
    else addGap(gaps, now - lastToken[r], 1)
  }
  addGap(gaps, now - roundEnd, decoding - fresh.length)
}

/** Takes a running request's seat and KV; it starts again, from what is left of its KV, at the front or the back of the queue. */
export function preempt(rank: Rank, r: number, to: 'front' | 'back'): void {
  const { progress, running, waiting, blocks, engine } = rank
  if (progress.joined[r] >= 0) {
    const at = rank.fresh.indexOf(r)
    if (at >= 0) rank.fresh.splice(at, 1)
    else progress.lastToken[r] = rank.roundEnd
    stopDecoding(rank, r)
  }
  if (rank.partial === r) rank.partial = -1
  const text = Math.ceil(progress.computed[r] / engine.blockTokens)
  release(blocks, -1, blocksHeld(rank, r) - text)
  release(blocks, r, text)
  progress.computed[r] = 0
  progress.records.preemptions[r]++
  remove(running, progress.queues, r)
  if (to === 'front') pushFront(waiting, progress.queues, r)
  else pushBack(waiting, progress.queues, r)
  rank.blocked = false
}

import type { StepFunction } from '../load.ts'
import { take } from './blocks.ts'
import { lowerRatio } from './grow.ts'
import { growing, type Rank } from './rank.ts'
import { stepShape } from './shape.ts'

/** Rounds that are skipped at once: a step's time is close to linear in the tokens they add. */
const mostRounds = 32

/** Decode rounds alike, and their seconds: the first of them, and what each takes longer than the one before. */
export interface Stretch {
  readonly rounds: number
  readonly first: number
  readonly growth: number
}

/**
 * Rounds ahead in which every rank only decodes: nobody is in prefill, could be admitted, finishes before the last round or lacks a
 * block. `until`: when the next request comes, which ends the stretch where some rank could admit it. `alone`: whether it comes here does
 * not depend on other replicas.
 */
export function stretchAhead(ranks: readonly Rank[], step: StepFunction, now: number, until: number, alone = true): Stretch | undefined {
  let rounds = mostRounds
  // Where to a request goes depends on who is busy when it comes.
  let open = ranks.length > 1 || !alone
  for (const rank of ranks) {
    if (!decodesOnly(rank)) return undefined
    if (!rank.blocked) open = true
    if (rank.decoding > 0) rounds = roundsAhead(rank, rounds)
  }
  rounds = untilOvertaken(ranks, rounds)
  if (rounds < 2) return undefined
  const first = ahead(ranks, step, 0)
  if (first === 0) return undefined
  const growth = (ahead(ranks, step, rounds - 1) - first) / (rounds - 1)
  if (!open || now + seconds(rounds - 1, first, growth) < until) return { rounds, first, growth }
  let j = 1
  while (now + seconds(j, first, growth) < until) j++
  return { rounds: Math.min(rounds, j), first, growth }
}

/** Seconds of the first `rounds` of a stretch. */
export function seconds(rounds: number, first: number, growth: number): number {
  return rounds * first + ((rounds * (rounds - 1)) / 2) * growth
}

function decodesOnly(rank: Rank): boolean {
  const { late, waiting, landed, running, engine, partial } = rank
  if (partial >= 0 || late.seats > 0 || (landed.size > 0 && running.size < engine.seats)) return false
  return waiting.size === 0 || (rank.blocked && staysBlocked(rank))
}

/** A ratio that falls may let somebody in, and so may outputs that come nearer to their end while no block is taken. */
function staysBlocked({ engine: { scheduler, blockTokens }, ratio }: Rank): boolean {
  return scheduler.admission !== 'reserve-ratio' || (blockTokens === 1 && ratio <= (scheduler.reserveDecay?.least ?? 1))
}

/** Until somebody finishes or blocks run out; at most `most`. */
function roundsAhead(rank: Rank, most: number): number {
  let needed = 0
  for (let i = 0; i < most; i++) {
    needed += growing(rank, i)
    if (needed > rank.blocks.free) return i
    if (rank.ends[(rank.round + i + 1) & (rank.ends.length - 1)].size > 0) return i + 1
  }
  return most
}

/** Rounds, at most `most`, in which no other rank comes to hold the most tokens: a step's time has a kink there. */
function untilOvertaken(ranks: readonly Rank[], most: number): number {
  const more = (a: Rank, b: Rank) => a.decodeTokens - b.decodeTokens || a.decoding - b.decoding
  const fullest = ranks.reduce((a, b) => (more(b, a) > 0 ? b : a))
  const rounds = ranks.map(({ decodeTokens, decoding }) =>
    decoding > fullest.decoding ? 1 + Math.floor((fullest.decodeTokens - decodeTokens) / (decoding - fullest.decoding)) : most,
  )
  return Math.min(most, ...rounds)
}

/** Seconds of the round after so many more; 0 where nobody decodes. */
function ahead(ranks: readonly Rank[], step: StepFunction, rounds: number): number {
  for (const { work, decoding, decodeTokens } of ranks) {
    work.prefillTokens = 0
    work.prefillSequences = 0
    work.prefillCached = 0
    work.decodes = decoding
    work.decodeCached = decodeTokens + rounds * decoding
  }
  const shape = stepShape(ranks)
  return shape === undefined ? 0 : step(shape).latency
}

/** Takes the blocks of a stretch and stands before its last round. */
export function advance(rank: Rank, rounds: number): void {
  for (let i = 0; i < rounds; i++) take(rank.blocks, growing(rank, i))
  rank.round += rounds - 1
  rank.decodeTokens += (rounds - 1) * rank.decoding
  lowerRatio(rank, rounds)
}

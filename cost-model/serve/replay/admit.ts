import { recover, remembered, take } from './blocks.ts'
import { blocksEach, blocksOfRequest } from './engine.ts'
import { pushBack, remove } from './list.ts'
import { madeBy, type Rank } from './rank.ts'

/** Puts `tokens` more of a request's prompt (and of what it made before it was preempted) into the step. */
export function schedule(rank: Rank, r: number, tokens: number): void {
  const { work, progress } = rank
  work.prefillTokens += tokens
  work.prefillSequences++
  work.prefillCached += progress.computed[r]
  progress.computed[r] += tokens
  const whole = progress.computed[r] === textOf(rank, r)
  rank.partial = whole ? -1 : r
  if (whole) rank.completing.push(r)
}

/** Tokens of a request that have been said: prompt and output so far. */
export function textOf({ progress: { requests, made } }: Rank, r: number): number {
  return requests.isl[r] + made[r]
}

/** Admits waiting requests, first come first served, into what a step's token budget leaves. */
export function admitInto(rank: Rank, budget: number, now: number): void {
  const { engine, progress, waiting, running, blocks, late, work } = rank
  const { blockTokens, seats, scheduler } = engine
  rank.blocked = false
  if (rank.holds) return
  let left = budget
  while (left > 0 && waiting.head >= 0) {
    const r = waiting.head
    if (progress.records.arrival[r] + engine.perRequest > rank.horizon) return
    if (running.size + late.seats + rank.held >= seats || !fits(rank, r)) {
      // What this step admits counts for less from the next one on, under `reserve-ratio`.
      rank.blocked = scheduler.admission !== 'reserve-ratio' || work.prefillTokens === 0
      return
    }
    // At least one token is computed: it gives the next one.
    const found = Math.min(remembered(blocks, r), Math.floor((textOf(rank, r) - 1) / blockTokens))
    const cached = Math.max(found, Math.floor(Math.min(progress.requests.cached[r], textOf(rank, r) - 1) / blockTokens)) * blockTokens
    const todo = textOf(rank, r) - cached
    // A whole prompt that is longer than what is left goes alone.
    if (!scheduler.chunkedPrefill && todo > left && work.prefillTokens > 0) return
    const tokens = scheduler.chunkedPrefill ? Math.min(todo, left) : todo
    remove(waiting, progress.queues, r)
    pushBack(running, progress.queues, r)
    recover(blocks, r, found)
    take(blocks, Math.ceil((cached + tokens) / blockTokens) - found)
    if (scheduler.admission === 'reserve-all') rank.reserved += blocksOfRequest(engine, progress.requests.isl[r], progress.requests.osl[r])
    if (Number.isNaN(progress.records.admitted[r])) progress.records.admitted[r] = now
    progress.computed[r] = cached
    schedule(rank, r, tokens)
    left -= tokens
  }
}

/** Whether the engine's admission finds KV for the request. */
export function fits(rank: Rank, r: number): boolean {
  const { engine, blocks, progress, running, late } = rank
  const need = Math.ceil(textOf(rank, r) / engine.blockTokens)
  switch (engine.scheduler.admission) {
    // vLLM's scheduler_reserve_full_isl: all that has been said must fit, though only the first chunk takes its blocks.
    case 'reserve-prompt':
      return need <= blocks.free
    case 'reserve-all':
      return rank.reserved + blocksOfRequest(engine, progress.requests.isl[r], progress.requests.osl[r]) <= blocksEach(engine)
    case 'reserve-ratio':
      if (running.size + late.seats === 0) return need <= blocks.free
      return textOf(rank, r) + toCome(rank, r) + engine.blockTokens <= blocks.free * engine.blockTokens - promised(rank)
  }
}

/** SGLang: tokens that running requests may still make, as far as the ratio counts them; all of it of those admitted in this step. */
function promised(rank: Rank): number {
  const { running, progress, ratio } = rank
  let tokens = 0
  for (let r = running.head; r >= 0; r = progress.queues.next[r]) tokens += toCome(rank, r) * (progress.joined[r] < 0 ? 1 : ratio)
  return tokens
}

function toCome(rank: Rank, r: number): number {
  return Math.min(rank.progress.requests.osl[r] - madeBy(rank, r), rank.engine.scheduler.reserveDecay?.clip ?? Number.POSITIVE_INFINITY)
}

import type { StepShape } from '../../counts.ts'
import type { StepFunction } from '../load.ts'
import type { Rank } from './rank.ts'

/** Seconds of a step in which groups of ranks, one per pipeline stage, take turns: the longest way through, or the sum of their turns. */
export function stepSeconds(ranks: readonly Rank[], attentionDp: number, step: StepFunction): number {
  let [longest, turns] = [0, 0]
  for (let from = 0; from < ranks.length; from += attentionDp) {
    const shape = groupShape(ranks, from, from + attentionDp)
    if (shape.prefillTokens === 0 && shape.decodeSequences === 0) continue
    const { latency, period } = step(shape)
    longest = Math.max(longest, latency)
    turns += period
  }
  return Math.max(longest, turns)
}

/** Ranks that step together wait for the fullest: prompts count as spread over so many ranks, contexts as long, that it is right. */
function groupShape(ranks: readonly Rank[], from: number, to: number): StepShape {
  let [prefillTokens, prefillSequences, prefillCached, decodes] = [0, 0, 0, 0]
  let [mostPrefill, mostDecodes, mostCached] = [0, 0, 0]
  for (let i = from; i < to; i++) {
    const { work } = ranks[i]
    prefillTokens += work.prefillTokens
    prefillSequences += work.prefillSequences
    prefillCached += work.prefillCached
    decodes += work.decodes
    if (work.prefillTokens > mostPrefill) mostPrefill = work.prefillTokens
    if (work.decodes > mostDecodes) mostDecodes = work.decodes
    if (work.decodeCached > mostCached) mostCached = work.decodeCached
  }
  return {
    prefillTokens,
    prefillSequences,
    prefillRanks: prefillTokens > 0 ? prefillTokens / mostPrefill : 1,
    prefillContext: prefillSequences > 0 ? prefillCached / prefillSequences : 0,
    // As many on every rank as on the fullest.
    decodeSequences: to - from > 1 && decodes > 0 ? mostDecodes * (to - from) : decodes,
    decodeContext: mostDecodes > 0 ? mostCached / mostDecodes : 0,
  }
}

import type { StepShape } from '../../counts.ts'
import { stepWidth } from '../load.ts'
import type { Rank } from './rank.ts'

/** Ranks that step together wait for the fullest: prompts count as spread over so many ranks, contexts as long, that it is right. Undefined: nothing to do. */
export function stepShape(ranks: readonly Rank[]): StepShape | undefined {
  let [prefillTokens, prefillSequences, prefillCached, decodes] = [0, 0, 0, 0]
  let [mostPrefill, mostDecodes, mostCached] = [0, 0, 0]
  for (const { work } of ranks) {
    prefillTokens += work.prefillTokens
    prefillSequences += work.prefillSequences
    prefillCached += work.prefillCached
    decodes += work.decodes
    if (work.prefillTokens > mostPrefill) mostPrefill = work.prefillTokens
    if (work.decodes > mostDecodes) mostDecodes = work.decodes
    if (work.decodeCached > mostCached) mostCached = work.decodeCached
  }
  if (prefillTokens === 0 && decodes === 0) return undefined
  const width = stepWidth(ranks[0].engine.speculation)
  return {
    prefillTokens,
    prefillSequences,
    prefillRanks: prefillTokens > 0 ? prefillTokens / mostPrefill : 1,
    prefillContext: prefillSequences > 0 ? prefillCached / prefillSequences : 0,
    // As many on every rank as on the fullest.
    decodeSequences: mostDecodes * ranks.length * width,
    decodeContext: mostDecodes > 0 ? mostCached / mostDecodes / width : 0,
    ...(width > 1 && { decodeWidth: width }),
  }
}

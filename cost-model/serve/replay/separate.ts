import { admitInto } from './admit.ts'
import { putDecodes } from './drafts.ts'
import { growDecodes } from './grow.ts'
import { continuePartial } from './mixed.ts'
import type { Rank } from './rank.ts'

/** A step of SGLang (managers/scheduler.py): prompts alone as long as some are admitted, else a token of every decoding request. */
export function formSeparate(rank: Rank, now: number): void {
  const { engine, work } = rank
  if (rank.partial < 0 || continuePartial(rank, engine.budget)) admitInto(rank, engine.budget - work.prefillTokens, now)
  if (work.prefillTokens > 0) return
  growDecodes(rank)
  putDecodes(rank)
}

import type { Rank } from './rank.ts'

/**
 * Whether the ranks of a lane hold their prompts back in the step to come (TensorRT-LLM's attention_dp_config, `_balance_adp_requests` of its
 * py_executor): as long as some have prompts and others have none, for at most `most` steps, and only while every rank has something to decode.
 * `held`: steps so far.
 */
export function holdsPrompts(ranks: readonly Rank[], most: number | undefined, held: number): boolean {
  if (most === undefined || ranks.length === 1 || held >= most) return false
  const withPrompts = ranks.filter(hasPrompt).length
  return withPrompts > 0 && withPrompts < ranks.length && ranks.every(({ decoding, partial }) => decoding > 0 && partial < 0)
}

function hasPrompt({ waiting, progress, engine, horizon }: Rank): boolean {
  return waiting.head >= 0 && progress.records.arrival[waiting.head]! + engine.perRequest <= horizon
}

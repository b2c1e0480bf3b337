/**
 * One engine step of one replica: which tokens it processes. Totals over the replica; ops divide them over attention-DP ranks,
 * sequence shards and microbatches.
 */
export interface StepShape {
  /** New prompt tokens. */
  readonly prefillTokens: number
  /** Prompts they belong to. */
  readonly prefillSequences: number
  /** Tokens of each such prompt already in the KV cache (earlier chunks, prefix hits). */
  readonly prefillContext: number
  /** Running requests that get one token each. */
  readonly decodeSequences: number
  /** Mean tokens in the KV cache of each. */
  readonly decodeContext: number
}

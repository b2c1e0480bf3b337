import type { Rows } from './graph.ts'

/**
 * One engine step of one replica: which tokens it processes. Totals over the replica; ops divide them over attention-DP ranks and
 * sequence shards. Microbatches of a pipeline are steps of their own.
 */
export interface StepShape {
  /** New prompt tokens. */
  readonly prefillTokens: number
  /** Prompts they belong to. */
  readonly prefillSequences: number
  /** Attention-DP ranks that these prompts are spread over evenly; absent: whole prompts go to as many ranks as there are. */
  readonly prefillRanks?: number
  /** Tokens of each such prompt already in the KV cache (earlier chunks, prefix hits). */
  readonly prefillContext: number
  /** Tokens of running requests: one each, or as many as `decodeWidth`. */
  readonly decodeSequences: number
  /** Mean tokens in the KV cache of a request, over `decodeWidth`: what each of its tokens accounts for. */
  readonly decodeContext: number
  /** Tokens of a request that go through the step together, its last one and drafts to verify; absent: 1. */
  readonly decodeWidth?: number
}

/** A step as one rank sees it: what the fullest attention-DP rank processes, and what the whole stage does. */
export interface Counts {
  /** New prompt tokens, prompts, cached tokens of each and of all of them, on the fullest attention-DP rank. */
  readonly prefill: number
  readonly prompts: number
  readonly promptContext: number
  readonly cached: number
  /** Tokens of running requests, so many of each, and cached tokens of a request. */
  readonly running: number
  readonly width: number
  readonly context: number
  /** Rows that a captured graph adds to these and the prompts' tokens. */
  readonly padding: number
  /** New tokens on all ranks of the stage, and what pads them: attention-DP ranks run the same captured graph. */
  readonly stagePrefill: number
  readonly stageDecode: number
  readonly stagePadding: number
  readonly ranks: number
  /** No captured graph covers the step: the host launches every kernel. */
  readonly eager: boolean
}

/** Counts to be written anew step after step: a sweep takes millions, and each would be garbage. */
export type CountsRoom = { -readonly [K in keyof Counts]: Counts[K] }

export function roomForCounts(): CountsRoom {
  return {
    prefill: 0,
    prompts: 0,
    promptContext: 0,
    cached: 0,
    running: 0,
    width: 0,
    context: 0,
    padding: 0,
    stagePrefill: 0,
    stageDecode: 0,
    stagePadding: 0,
    ranks: 0,
    eager: false,
  }
}

/**
 * Requests go to attention-DP ranks whole, so the fullest has its share rounded up, unless the shape says how prompts are spread. Decodes
 * are padded to the next captured size, prompts beside them are not: no engine fills a prompt up to the next size where sizes lie far
 * apart. Beyond the largest size kernels are launched one by one. What is written to `room` holds until the next step is.
 */
export function countStep(shape: StepShape, attentionDp: number, captured: readonly number[], room = roomForCounts()): Counts {
  const sequences = shape.prefillSequences > 0 ? shape.prefillSequences : 1
  const prompts = shape.prefillRanks === undefined ? fullest(sequences, attentionDp) : sequences / shape.prefillRanks
  const prefill = shape.prefillTokens * Math.min(1, prompts / sequences)
  const width = shape.decodeWidth ?? 1
  const running = width * fullest(shape.decodeSequences / width, attentionDp)
  const graph = capturedFor(running, captured)
  room.prefill = prefill
  room.prompts = prefill > 0 ? prompts : 0
  room.promptContext = shape.prefillContext
  room.cached = prefill > 0 ? prompts * shape.prefillContext : 0
  room.running = running
  room.width = width
  room.context = shape.decodeContext * width
  room.padding = Math.max(0, graph - running)
  room.stagePrefill = shape.prefillTokens
  room.stageDecode = shape.decodeSequences
  room.stagePadding = Math.max(0, attentionDp * graph - shape.decodeSequences)
  room.ranks = attentionDp
  room.eager = isEager(running + prefill, captured)
  return room
}

/** The larger half of a step that every rank cuts in two: by requests, or a lone prompt in the middle (its halves' mean context). */
export function halve(counts: Counts, captured: readonly number[]): Counts {
  const prefill = counts.prefill / 2
  const several = counts.prompts >= 2
  const prompts = several ? counts.prompts / 2 : counts.prompts
  const promptContext = counts.promptContext + (several || prompts === 0 ? 0 : prefill / prompts / 2)
  const running = counts.width * Math.ceil(counts.running / counts.width / 2)
  const graph = capturedFor(running, captured)
  return {
    prefill,
    prompts,
    promptContext,
    cached: prompts * promptContext,
    width: counts.width,
    context: counts.context,
    stagePrefill: counts.stagePrefill / 2,
    stageDecode: counts.stageDecode / 2,
    ranks: counts.ranks,
    running,
    padding: Math.max(0, graph - running),
    stagePadding: Math.max(0, counts.ranks * graph - counts.stageDecode / 2),
    eager: isEager(running + prefill, captured),
  }
}

/** Rows of the smallest captured graph that holds so many; 0: none does, or nothing runs. */
function capturedFor(running: number, captured: readonly number[]): number {
  if (running > 0) for (let i = 0; i < captured.length; i++) if (captured[i]! >= running) return captured[i]!
  return 0
}

function isEager(rows: number, captured: readonly number[]): boolean {
  return rows > (captured.at(-1) ?? 0)
}

function fullest(sequences: number, ranks: number): number {
  return ranks === 1 ? sequences : Math.ceil(sequences / ranks - 1e-9)
}

/** Rows of an op as a sum over counts: with shares of the prefill and of the decode part of a step, and of what pads it. */
export interface RowCount {
  readonly scope: Rows['scope']
  readonly prefill: number
  readonly decode: number
  readonly context: number
  readonly padding: number
}

/** Of an op with these rows in the prefill and the decode graph (undefined: not in that graph). Only what both share is padded. */
export function rowCount(prefill: Rows | undefined, decode: Rows | undefined): RowCount {
  const [p, d] = [prefill?.share ?? 0, decode?.share ?? 0]
  const scope = (prefill ?? decode)?.scope ?? 'rank'
  return { scope, prefill: p, decode: d, context: prefill?.context ?? 0, padding: Math.min(p, d) }
}

export function rowsIn({ scope, prefill, decode, context, padding }: RowCount, n: Counts): number {
  if (scope === 'rank') return prefill * n.prefill + context * n.cached + decode * n.running + padding * n.padding
  if (scope === 'stage') return prefill * n.stagePrefill + decode * n.stageDecode + padding * n.stagePadding
  return prefill * n.prompts + decode * n.running
}

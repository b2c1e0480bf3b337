import type { Overlap } from '../spaces/engine.ts'
import type { Moe } from '../spaces/ffn/moe.ts'
import type { Placement } from './mesh.ts'

/** A step is built as two graphs over the same weights; a mixed step runs both on one pass through the layers. */
export type Phase = 'prefill' | 'decode'

/**
 * Which of a step's rows one rank processes: `share` times the new tokens of the fullest attention-DP rank (`rank`), of all ranks of
 * the stage (`stage`), or times the sequences whose logits are needed (`sampled`). `context`: plus so much of the prompts' cached tokens.
 */
export interface Rows {
  readonly scope: 'rank' | 'stage' | 'sampled'
  readonly share: number
  readonly context?: number
}

/** Why an op waits for another: it uses its result, it is in a later pipeline stage, or the whole group must have arrived. */
export interface After {
  readonly op: string
  readonly why: 'data' | 'pipeline' | 'sync'
}

/** [format name, fraction of the elements]. */
export type Formats = readonly (readonly [string, number])[]

/** Ranks of the stage that exchange data: `size` of them, `stride` apart. */
export interface RankGroup {
  readonly axis: string
  readonly size: number
  readonly stride: number
}

interface Base {
  /** Unique within its segment. */
  readonly name: string
  readonly rows: Rows
  /** Earlier ops of the segment; empty: the segment's input. */
  readonly after: readonly After[]
  readonly in: Placement
  readonly out: Placement
  readonly lane: 'compute' | 'network'
  /** The overlap by which an engine may run it beside what comes after it; absent: it never does. */
  readonly beside?: Overlap | undefined
}

/** A matrix product, or one per head. Dims: elements read and written per row, and elements of the weight, on one rank. */
export interface Linear extends Base {
  readonly kind: 'linear'
  readonly dims: { readonly in: number; readonly out: number; readonly weight: number }
  readonly formats: Formats
  /** What activations are cast to before the product. */
  readonly activations: string
}

/** Attention over cached tokens, or the scoring of an index (v 0). Dims are one rank's. */
export interface Attention extends Base {
  readonly kind: 'attention'
  readonly form: 'softmax'
  readonly phase: Phase
  readonly family: 'attention' | 'mla' | 'indexer'
  /** Format of the cache: its reads set the memory efficiency. */
  readonly format: string
  readonly dims: {
    readonly heads: number
    /** Elements of one head's query and value. */
    readonly qk: number
    readonly v: number
    /** Cache bytes of one token on this rank. */
    readonly bytes: number
    /** Newest tokens attended; absent: all, or none beside `top`. */
    readonly window?: number
    /** Beyond the window: entries of `every` tokens each, at most `top` of them. */
    readonly every?: number
    readonly top?: number
    /** Part of the cached tokens that this rank holds. */
    readonly share: number
    /** A prompt is cut into so many runs of neighbouring tokens, of which this rank has the last; absent: its tokens are spread evenly. */
    readonly pieces?: number
  }
}

/** A recurrence over a state of constant size (linear attention, state spaces). Dims are one rank's. */
export interface Scan extends Base {
  readonly kind: 'attention'
  readonly form: 'scan'
  readonly phase: Phase
  readonly family: 'scan'
  readonly format: string
  readonly dims: { readonly flops: number; readonly state: number; readonly in: number; readonly out: number }
}

/** Grouped matrix products of the experts that the slowest rank holds. */
export interface Expert extends Base {
  readonly kind: 'expert'
  readonly dims: {
    readonly experts: number
    readonly redundant: number
    readonly topK: number
    /** Ranks that whole experts are spread over. */
    readonly ranks: number
    /** Elements of one token in and out, and elements of one expert's weights on this rank. */
    readonly in: number
    readonly out: number
    readonly weight: number
  }
  readonly groups?: Moe['groups']
  /** The ranks that whole experts are spread over. */
  readonly group: RankGroup
  readonly formats: Formats
  readonly activations: string
}

/** Norms, rotations, gates, look-ups: elements of two bytes read and written per row. */
export interface Pointwise extends Base {
  readonly kind: 'pointwise'
  readonly dims: { readonly read: number; readonly write: number }
}

/** Choice of experts (control). */
export interface Route extends Base {
  readonly kind: 'route'
  readonly dims: { readonly experts: number; readonly topK: number }
}

/** New entries of the cache (control): bytes written per row. */
export interface KvUpdate extends Base {
  readonly kind: 'kv-update'
  readonly dims: { readonly bytes: number }
}

/** Choice of the next token from the logits. */
export interface Sample extends Base {
  readonly kind: 'sample'
  readonly dims: { readonly vocab: number }
}

/** Dims: elements of one row of the full tensor (all-reduce), gathered, to be scattered, or held by one rank (all-to-all, send). */
export interface Collective extends Base {
  readonly kind: 'all-reduce' | 'all-gather' | 'reduce-scatter' | 'send'
  readonly dims: { readonly elements: number; readonly rounds?: number }
  readonly format: string
  readonly group: RankGroup
}

/** `heads`: each rank swaps equal parts with each other; `dispatch` and `combine`: tokens go to the ranks of their experts and back. */
export interface AllToAll extends Base {
  readonly kind: 'all-to-all'
  readonly pattern: 'heads' | 'dispatch' | 'combine'
  readonly dims: { readonly elements: number; readonly topK?: number; readonly experts?: number; readonly redundant?: number }
  readonly groups?: Moe['groups']
  readonly format: string
  readonly group: RankGroup
}

export type NetworkOp = Collective | AllToAll
export type Op = Linear | Attention | Scan | Expert | Pointwise | Route | KvUpdate | Sample | NetworkOp

/** Ops that run `repeat` times in a row on one pipeline stage: never one copy per layer. */
export interface Segment {
  readonly name: string
  readonly stage: number
  readonly ops: readonly Op[]
  readonly repeat: number
  /** Number of its first layer in the model, from 0; absent where it is no layer. */
  readonly layer?: number
}

/** One phase of one step of one replica: an SSA list of segments, stage after stage. Array order is a topological order. */
export interface Graph {
  readonly phase: Phase
  readonly stages: number
  /** Numbers of the model's layers that have ops, in the order they run. */
  readonly layers: readonly number[]
  readonly segments: readonly Segment[]
}

export function isNetwork(op: Op): op is NetworkOp {
  return op.lane === 'network'
}

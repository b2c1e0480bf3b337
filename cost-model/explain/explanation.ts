import type { Bound, ColumnName, Pedigree } from '../column.ts'
import type { After, Op, Phase } from '../graph.ts'
import type { MemoryTerms } from '../memory/terms.ts'
import type { Regime } from '../serve/colocated.ts'

/** Where every second and every byte of one plan goes: plain data, SI units, that text, JSON, pages and drawings are made of. */
export interface Explanation {
  /** A whole prefill step of the plan's batch, and a decode step with as many requests as run. */
  readonly phases: readonly PhaseExplanation[]
  readonly memory: MemoryExplanation
  readonly request: RequestExplanation
  readonly whatHelps: readonly Help[]
}

/** One engine step of one replica, stage by stage. */
export interface PhaseExplanation {
  readonly phase: Phase
  /** What the step processes, over the whole replica (one microbatch of it, where stages work on several). */
  readonly tokens: number
  readonly sequences: number
  /** Tokens of each sequence already in the cache. */
  readonly context: number
  /** Through all stages, on the GPUs: the sum of the stages' seconds. */
  readonly seconds: number
  /** Host time the GPUs wait for, beside it. */
  readonly host: number
  /** The slowest stage: seconds between steps that follow each other. */
  readonly period: number
  readonly stages: readonly StageExplanation[]
  /** Weakest evidence behind its ops. */
  readonly pedigree: Pedigree
}

export interface StageExplanation {
  readonly stage: number
  readonly seconds: number
  readonly segments: readonly SegmentExplanation[]
}

/** Ops that run `repeat` times in a row; seconds are of one run. */
export interface SegmentExplanation {
  /** `embed`, `hop`, `layers.1`, `head`: the graph's name for it. */
  readonly name: string
  /** For people: `layers 3 to 31: MLA, MoE`. */
  readonly title: string
  readonly repeat: number
  /** First op to last, less what overlaps, and the wait for the host. */
  readonly seconds: number
  /** Part of it in which the GPU waits for a host that launches every kernel by itself: no captured graph covers the step. */
  readonly hostWait: number
  readonly ops: readonly OpExplanation[]
}

export interface OpExplanation {
  readonly name: string
  readonly kind: Op['kind']
  readonly lane: Op['lane']
  readonly after: readonly After[]
  /** Rows (tokens) that one rank processes. */
  readonly rows: number
  /** Of one run. Where two batches overlap, of both halves together. */
  readonly seconds: number
  /** Within one run of the segment. Where two batches overlap: the first's. */
  readonly start: number
  readonly end: number
  /** The second batch's, where two overlap. */
  readonly second?: { readonly start: number; readonly end: number }
  /** Nothing can be taken from it without the segment ending sooner. */
  readonly critical: boolean
  /**
   * Part of the phase's seconds that it alone accounts for, on the critical path: all repeats and stages of this segment included. With
   * the waits for the host these sum to 1; what runs hidden beside others has a smaller share than its seconds, or none.
   */
  readonly share: number
  /** What it waits for; `overhead` where the floor of an empty kernel is most of it. */
  readonly bound: Bound
  /** What its seconds are made of: those of an empty kernel, and what waits for arithmetic and for memory, each its part where they overlap. */
  readonly floor: number
  readonly compute: number
  readonly memory: number
  /** On one rank: FLOP, bytes of HBM and bytes sent to peers. */
  readonly flops: number
  readonly read: number
  readonly write: number
  readonly sent: number
  /** Shares of the GPU's dense peak (of `math`) and memory bandwidth that its kernel family reaches: what the times above assume. */
  readonly efficiency: { readonly compute: number; readonly memory: number; readonly math: string } | undefined
  /** Ranks that exchange data and the outermost link they use, for a collective. */
  readonly exchange: { readonly axis: string; readonly size: number; readonly stride: number; readonly link: string } | undefined
  readonly pedigree: Pedigree
  /** What the figure is from: `hopper linear fp8`, `h100-sxm all-reduce x8`. */
  readonly basis: string
  /** How its input and its result lie on the ranks of the stage: `tp8:heads`. */
  readonly in: string
  readonly out: string
}

/** Bytes per GPU of each pipeline stage by kind, the fullest stage, and what binds. */
export interface MemoryExplanation {
  readonly stages: readonly MemoryStage[]
  /** Index of the stage whose GPUs are fullest. */
  readonly fullest: number
  readonly capacity: number
  readonly capacityBasis: string
  /** Of the fullest GPU. */
  readonly headroom: number
  readonly kvCapacityTokens: number
  readonly largestBatch: number
  /** The largest term of the fullest GPU (but what is kept free by policy), or the one that does not fit. */
  readonly binds: keyof MemoryTerms
  /** Why the plan cannot run; null where it can. */
  readonly verdict: string | null
}

export interface MemoryStage {
  readonly stage: number
  readonly layers: number
  readonly terms: MemoryTerms
}

/** The life of one request under what comes to a replica, as the sweep's row has it. Seconds; parts sum to the whole. */
export interface RequestExplanation extends RequestParts {
  /** A closed loop of the plan's batch, a benchmark that runs it, or the arrivals that the study states. */
  readonly load: 'closed' | 'benchmark' | 'arrivals'
  /** That arrive at one replica; null where they come as others finish. */
  readonly requestsPerSecond: number | null
  /** Requests in the system of one replica; null, as are the latencies: more arrive than it ever serves. */
  readonly concurrency: number | null
  readonly ttft: number | null
  readonly tpot: number | null
  readonly e2e: number | null
  readonly outputPerSecondPerGpu: number
  readonly regime: Regime | 'arrivals' | 'overloaded'
}

export interface RequestParts {
  readonly ttftParts: readonly Part[]
  readonly tpotParts: readonly Part[]
}

export interface Part {
  readonly name: string
  readonly seconds: number
}

/** What ten percent more of one thing (or ten percent less overhead) would do: relative changes, negative is less. */
export interface Help {
  /** `FLOP/s`, `HBM bandwidth`, `scale-up bandwidth`, `network bandwidth`, `kernel and launch overhead`. */
  readonly name: string
  readonly changes: Readonly<Partial<Record<Extract<ColumnName, 'ttft_ms' | 'tpot_ms' | 'out_tok_s_per_gpu'>, number>>>
}

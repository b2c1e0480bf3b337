import { z } from 'zod'
import { connectorSchema } from './connector.ts'
import { sourceSchema } from './figure.ts'
import { draftKinds } from './plan.ts'

const seconds = z.number().nonnegative()
const bytes = z.number().nonnegative()

/** Value by GPU memory: the first row whose `below` (bytes) exceeds the GPU's memory; the last row has no `below`. */
const byMemory = z.array(z.strictObject({ below: bytes.optional(), value: z.number().positive() })).min(1)

/**
 * Work that an engine may run beside other work: shared experts beside the dispatch of tokens to routed ones; and a step cut into two
 * batches, so that attention and experts of one run beside the exchanges of the other, in steps with prompts or in pure decodes.
 */
export const overlaps = ['shared-expert', 'two-batch-prefill', 'two-batch-decode'] as const
export type Overlap = (typeof overlaps)[number]

/** Which turns slower in the numbers of a replica's ranks: pipeline stages, or attention-DP ranks (each a process with a pipeline of its own). */
export const rankOrders = ['pp-outside', 'attention-dp-outside'] as const
export type RankOrder = (typeof rankOrders)[number]

/** How a prompt is cut into `sp` parts: in one piece each, so that the last has most to attend to; or in two, from both ends (balanced). */
export const sequenceSplits = ['zigzag', 'contiguous'] as const
export type SequenceSplit = (typeof sequenceSplits)[number]

/** A serving engine of one generation: scheduler, memory policy, overheads and what it can lay out, as data. */
export const engineSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** Engines that run the same kernels share what the calibration says of them; absent: it says nothing. */
  family: z.string().optional(),
  /** Its release, where the calibration may know how that one differs from the others of its family; absent: none in particular. */
  version: z.string().optional(),
  /** Release range the defaults were read from. */
  versions: z.string(),
  scheduler: z.strictObject({
    /** Who goes first in a step: running requests, or waiting prompts (decodes then stall). */
    policy: z.enum(['running-first', 'prefill-first']),
    /** Prefill chunks and decode tokens share a step. */
    mixedSteps: z.boolean(),
    chunkedPrefill: z.boolean(),
    /** Token budget of a step by GPU memory. */
    tokenBudget: byMemory,
    /** Most requests running at once. */
    maxSequences: byMemory,
    /** KV an arriving request must find free: its prompt, its prompt and whole output, or a share of the output. */
    admission: z.enum(['reserve-prompt', 'reserve-all', 'reserve-ratio']),
    /** Share of the output counted at admission under `reserve-ratio`. */
    reserveRatio: z.number().min(0).max(1).optional(),
    /** How that share moves: evenly down to `least` over so many decode steps; outputs beyond `clip` tokens count as `clip`; requests are retracted until `retractSteps` more fit. Absent: it stays. */
    reserveDecay: z
      .strictObject({
        least: z.number().min(0).max(1),
        steps: z.int().positive(),
        clip: z.int().positive(),
        retractSteps: z.int().positive(),
      })
      .optional(),
    asyncScheduling: z.boolean(),
    /** How it drafts tokens for speculative decoding; absent: in any way. */
    drafts: z.array(z.enum(draftKinds)).optional(),
    /** Steps for which an attention-DP rank holds prompts back until the others have some too; absent: it does not. */
    admissionHold: z.int().positive().optional(),
    /** Tokens of a request that leave the engine together, its first one included; absent: each by itself. Counted where a benchmark is predicted. */
    streamInterval: z.int().positive().optional(),
    /** Steps from one look at the requests that have come to the next; absent: one. The replay does not know it. */
    receiveInterval: z.int().positive().optional(),
  }),
  memory: z.strictObject({
    /** vLLM profiles activations inside utilization x total; SGLang fixes a static share; TensorRT-LLM takes a share of what is free after loading; none reserves nothing. */
    policy: z.enum(['vllm-profile', 'safe', 'sglang-static', 'trtllm-free', 'no-reserve']),
    /** Share of GPU memory (of free memory for trtllm-free) the engine may use. */
    utilization: z.number().positive().max(1),
    /** Tokens per KV block. */
    blockTokens: z.int().positive(),
    /** KV blocks of every rank, pinned (vLLM's num_gpu_blocks_override, or what a start-up log says); absent: what memory leaves. */
    blocks: z.int().positive().optional(),
    /** Outside PyTorch: NCCL, contexts; bytes for one GPU and for a group of several. */
    nonTorch: z.strictObject({ single: bytes, group: bytes }),
    /** Captured CUDA graphs, bytes. */
    graphs: bytes,
    /** Peak activations = max(forward activations x this, logitsBytes x sequences x vocabulary): logits are gathered, TP does not divide them. */
    forwardFactor: z.number().positive(),
    logitsBytesPerEntry: bytes,
    /** Most sequences whose logits are profiled at once; maxSequences of the GPU (or the batch limit set) where that is fewer. */
    profiledSequences: z.int().positive(),
    /** All-reduce and all-to-all workspaces of a multi-GPU group, bytes. */
    commBuffers: bytes,
    /** Kept free inside the share under `safe`, bytes (vLLM's redundancy buffer: 150 MiB); absent: nothing. */
    safetyBuffer: bytes.optional(),
    /** SGLang: bytes reserved = base + perChunkToken x max(chunk, 2048) + perGraphSequence x graph batch + perGpu x tp x pp / 8. */
    staticReserve: z
      .strictObject({ base: bytes, perChunkToken: bytes, perGraphSequence: bytes, perGpuOctet: bytes, graphBatch: z.int() })
      .optional(),
  }),
  graphs: z.strictObject({
    /** Decode batch sizes captured; a batch is padded to the next one and runs eagerly beyond the last. */
    captured: z.array(z.int().positive()),
    /** Extra seconds of one eager collective. */
    eagerCollective: seconds,
  }),
  /** What it runs beside each other on a GPU; absent: nothing. A study may change it. */
  overlap: z.array(z.enum(overlaps)).optional(),
  /** Host time that the GPU waits for, seconds. */
  overhead: z.strictObject({
    perStep: seconds,
    perSequence: seconds,
    perRequest: seconds,
    /** Of one kernel outside a graph; absent: as the calibration has it. */
    perLaunch: seconds.optional(),
  }),
  parallel: z.strictObject({
    /** Attention data parallelism exists, and may be combined with attention TP. */
    attentionDp: z.enum(['no', 'excludes-tp', 'with-tp']),
    /** Attention DP without experts (dense models). */
    attentionDpDense: z.boolean(),
    pipeline: z.boolean(),
    /** Decode context parallelism; `decode-workers`: in a disaggregated deployment only. */
    decodeContext: z.union([z.boolean(), z.literal('decode-workers')]),
    prefillSequence: z.array(z.enum(['ring', 'all-to-all', 'all-gather'])),
    /** Ranks that share a prompt in a ring keep its KV in shards while it is decoded (Helix, arXiv 2507.07120); absent: they do not. */
    helix: z.boolean().optional(),
    /** How it cuts a prompt for them; absent: zigzag. */
    sequenceSplit: z.enum(sequenceSplits).optional(),
    /** Megatron sequence parallelism: TP ranks share out a prompt's tokens between blocks, each all-reduce a scatter and a gather; absent: no. */
    tensorSequence: z.boolean().optional(),
    /** Absent: pp-outside. */
    rankOrder: z.enum(rankOrders).optional(),
    /** TP of the dense FFN that may be chosen beside attention's own: none at all, or the whole stage; absent: any. */
    denseFfnTp: z.array(z.enum(['one', 'stage'])).optional(),
    /** Experts cut by TP inside EP groups: never with ep > 1, or freely. */
    moeTpWithEp: z.boolean(),
    /** EP must be 1 or the whole stage. */
    epIsWholeStage: z.boolean(),
    redundantExperts: z.boolean(),
    /** A stage may hold its experts several times (moeDp > 1); absent: it cannot. */
    moeDp: z.boolean().optional(),
    /** The vocabulary is padded to a multiple of this, which TP must then divide; absent: it is padded to whatever TP needs. */
    vocabularyMultiple: z.int().positive().optional(),
  }),
  /** Table in calibration/collectives that times its all-reduce: `vllm`, `trtllm`, `sglang`, `nccl`. */
  allReduce: z.enum(['vllm', 'trtllm', 'sglang', 'nccl']),
  /** How it moves KV from prefill workers to decode workers; absent: it serves both phases in one place. */
  disaggregation: connectorSchema.optional(),
  sources: z.record(z.string(), sourceSchema),
  notes: z.string().optional(),
})
export type Engine = z.infer<typeof engineSchema>

/** The row of a table by GPU memory that holds for `memory` bytes. */
export function valueForMemory(rows: z.infer<typeof byMemory>, memory: number): number {
  return (rows.find(({ below }) => below === undefined || memory < below) ?? rows.at(-1)!).value
}

import type { Engine } from '../../spaces/engine.ts'

/** Bytes on one GPU before KV and state, and what an engine's policy looks at beside them. */
export interface Use {
  readonly capacity: number
  /** Weights, activations, graphs, non-torch and communication together. */
  readonly fixed: number
  readonly activations: number
  readonly graphs: number
  readonly communication: number
  readonly chunk: number
  /** GPUs of a replica, attention-DP ranks aside. */
  readonly gpus: number
}

/**
 * Bytes that the engine leaves to nothing. What is left for KV and state is capacity - fixed - this. Negative: the engine hands out more
 * than there is.
 */
export function reservedBytes(memory: Engine['memory'], use: Use): number {
  return reserves[memory.policy](memory, use)
}

const reserves: Readonly<Record<Engine['memory']['policy'], typeof reservedBytes>> = {
  // vLLM divides utilization x total among what it profiled; graphs are captured afterwards, out of what it had left free.
  'vllm-profile': ({ utilization }, { capacity, graphs }) => (1 - utilization) * capacity - graphs,
  // What vLLM's own log then suggests: graphs and a buffer inside the share.
  safe: ({ utilization, safetyBuffer = 0 }, { capacity }) => (1 - utilization) * capacity + safetyBuffer,
  // SGLang gives weights and KV what is left of a margin for everything else; a margin that is too small is a wider one in practice.
  'sglang-static': (memory, use) => Math.max(0, staticMargin(memory, use) - use.activations - use.graphs - use.communication),
  // TensorRT-LLM takes a share of what is free once everything else is loaded.
  'trtllm-free': ({ utilization }, { capacity, fixed }) => (1 - utilization) * Math.max(0, capacity - fixed),
  'no-reserve': () => 0,
}

/** SGLang never counts a chunk as less than this many tokens (server_args.py). */
const leastChunk = 2048

function staticMargin({ staticReserve: margin, utilization }: Engine['memory'], { capacity, chunk, gpus }: Use): number {
  if (margin === undefined) return (1 - utilization) * capacity
  const { base, perChunkToken, perGraphSequence, graphBatch, perGpuOctet } = margin
  return base + perChunkToken * Math.max(chunk, leastChunk) + perGraphSequence * graphBatch + perGpuOctet * (gpus / 8)
}

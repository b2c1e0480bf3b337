import { z } from 'zod'

const count = z.int().positive()
const rate = z.number().nonnegative()

/** A row of ShallowSim's gpu_info.csv: TFLOP/s, GB, GB/s. `fp4` 0: none. */
const gpuSchema = z.strictObject({
  name: z.string(),
  sm: count,
  /** Multiprocessors kept for communication in prefill. */
  communicationSm: count,
  fp16: rate,
  fp8: rate,
  fp4: rate,
  memory: rate,
  memoryBandwidth: rate,
  /** As the first commit had it, from which the seed's prefill table comes. */
  initialMemoryBandwidth: rate.optional(),
  nvlink: rate,
  pcie: rate,
  perNode: count,
  /** H20's curve is taken wherever the name begins so: also for H200. */
  expertDiscount: z.enum(['others', 'h20']).default('others'),
})
export type ShallowGpu = z.infer<typeof gpuSchema>

const discounts = z.array(z.tuple([count, z.number().gt(0).max(1)])).min(1)

/** What ShallowSim has in its code and its GPU table: the one model it knows, its settings and its constants. */
export const shallowSchema = z.strictObject({
  source: z.string(),
  date: z.string(),
  model: z.strictObject({
    name: z.string(),
    hidden: count,
    intermediate: count,
    expertIntermediate: count,
    denseLayers: count,
    sparseLayers: count,
    heads: count,
    experts: count,
    topK: count,
    qLoraRank: count,
    kvLoraRank: count,
    qkNope: count,
    qkRope: count,
    vHeadDim: count,
  }),
  setting: z.strictObject({
    seqLen: count,
    decodeLen: count,
    /** Share of the prompt in the prefix cache. */
    kvCacheRate: z.number().min(0).lt(1),
    /** Of every peak: FLOP/s, memory, NVLink, PCIe. */
    discount: z.number().gt(0).max(1),
    prefill: z.strictObject({ tp: count, dp: count }),
  }),
  sweep: z.strictObject({ tp: z.array(count), ep: z.array(count), batch: z.array(count) }),
  /** Weights of one layer's part; its memory limit has figures of its own. */
  mib: z.strictObject({ mlaWeights: rate, mlaWeightsInCapacity: rate, denseMlp: rate, expert: rate, expertInCapacity: rate }),
  gib: z.strictObject({ other: rate }),
  /** Constant times. */
  ms: z.strictObject({ allReduce: rate, attention: rate, prefillExchange: rate, decodeExchange: rate }),
  mlaDiscount: z.number().gt(0).max(1),
  memoryShare: z.number().gt(0).max(1),
  /** Nodes that the experts of one token may be on. */
  nodeLimit: count,
  microbatches: count,
  /** [tokens per expert group, share of FLOP/s], ascending; the last holds beyond. */
  expertDiscount: z.strictObject({ others: discounts, h20: discounts }),
  gpus: z.array(gpuSchema).min(1),
})
export type ShallowParameters = z.infer<typeof shallowSchema>

/** The GPU table of the first commit, which lists more bandwidth for B300. */
export function initialTable(parameters: ShallowParameters): ShallowParameters {
  const gpus = parameters.gpus.map((gpu) => ({ ...gpu, memoryBandwidth: gpu.initialMemoryBandwidth ?? gpu.memoryBandwidth }))
  return { ...parameters, gpus }
}

/** How ShallowSim tells a server with network cards from a rack of one NVLink domain. */
export function isServer({ perNode }: ShallowGpu): boolean {
  return perNode === 8
}

/** A row of its GPU table; a name that is not there is a bug. */
export function shallowGpu({ gpus }: ShallowParameters, name: string): ShallowGpu {
  const found = gpus.find((gpu) => gpu.name === name)
  if (found === undefined) throw new Error(`ShallowSim lists no ${name}`)
  return found
}

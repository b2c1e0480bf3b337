import { decodeMla, mlaTime, parallelMla } from './attention.ts'
import { isServer, type ShallowGpu, type ShallowParameters } from './parameters.ts'
import { expertDiscount, gib, mib, mlpGflop, type Rates, ratesOf } from './rates.ts'

/** One deployment as ShallowSim counts it. Defect 1: `batch` is one GPU's for experts and memory, but the whole TP group's for attention. */
export interface ShallowPoint {
  readonly gpu: string
  readonly tp: number
  /** Devices that experts are spread over (R-SHALLOW-5). */
  readonly ep: number
  readonly batch: number
}

/** Its decode columns: ms per layer, ms per token, tokens/s of a user and of a GPU. */
export interface ShallowDecode extends ShallowPoint {
  readonly denseMla: number
  readonly denseMlp: number
  readonly sparseMla: number
  readonly combine: number
  readonly sharedExpert: number
  readonly routedExpert: number
  readonly dispatch: number
  readonly compSum: number
  readonly commSum: number
  readonly delta: number
  readonly tpot: number
  readonly tpotO: number
  readonly tps: number
  readonly tpsO: number
  readonly total: number
  readonly totalO: number
  readonly commImpact: number
}

/** Columns of its CSV, in its order. */
export const decodeColumns = [
  ['GPU', 'gpu'],
  ['TP', 'tp'],
  ['EP', 'ep'],
  ['BatchSize', 'batch'],
  ['DenseMLA', 'denseMla'],
  ['DenseMLP', 'denseMlp'],
  ['SparseMLA', 'sparseMla'],
  ['Combine', 'combine'],
  ['SharedExpert', 'sharedExpert'],
  ['RoutedExpert', 'routedExpert'],
  ['Dispatch', 'dispatch'],
  ['COMP_SUM', 'compSum'],
  ['COMM_SUM', 'commSum'],
  ['Delta', 'delta'],
  ['TPOT', 'tpot'],
  ['TPOT_O', 'tpotO'],
  ['TPS', 'tps'],
  ['TPS_O', 'tpsO'],
  ['Total', 'total'],
  ['Total_O', 'totalO'],
  ['Comm_Impact', 'commImpact'],
] as const satisfies readonly (readonly [string, keyof ShallowDecode])[]

/** One decode step. Every rank is equally loaded and reads all its experts (defect 11). */
export function shallowDecode(parameters: ShallowParameters, gpu: ShallowGpu, point: ShallowPoint, fp8Combine: boolean): ShallowDecode {
  const { model, setting, mib: size } = parameters
  const { tp, batch } = point
  const rates = ratesOf(parameters, gpu, 'decode')
  const entry = model.kvLoraRank + model.qkRope
  const loadKv = ((setting.seqLen * entry * batch) / gib / rates.memory) * 1e3
  const whole = mlaTime(parameters, decodeMla(parameters, batch), rates)
  const denseMla = whole + loadKv
  const sparseMla = parallelMla(parameters, whole, batch, tp, rates) + loadKv
  const denseMlp = mlpGflop(batch, model.hidden, model.intermediate) / rates.low + size.denseMlp / rates.memory
  const experts = expertTimes(parameters, gpu, point, rates)
  const exchange = exchangeTimes(parameters, gpu, point, rates, fp8Combine)
  return {
    ...point,
    denseMla,
    denseMlp,
    sparseMla,
    ...experts,
    ...exchange,
    ...sums(parameters, { denseMla, denseMlp, sparseMla, ...experts, ...exchange }, batch),
  }
}

function expertTimes(parameters: ShallowParameters, gpu: ShallowGpu, { ep, batch }: ShallowPoint, rates: Rates) {
  const { model, mib: size, microbatches } = parameters
  const local = Math.ceil(model.experts / ep)
  const tokens = batch / microbatches
  const flops = rates.low * expertDiscount(parameters, gpu, (tokens * model.topK) / local)
  const load = size.expert / rates.memory / (rates.fp4 > 0 ? 2 : 1)
  const time = (rows: number, experts: number) => mlpGflop(rows, model.hidden, model.expertIntermediate) / flops + load * experts
  return { sharedExpert: microbatches * time(tokens, 1), routedExpert: microbatches * time(tokens * model.topK, local) }
}

/** Dispatch has one byte per element on every GPU, combine two unless asked for FP8 on one that has FP4 (R-SHALLOW-6). */
function exchangeTimes({ model, ms }: ShallowParameters, gpu: ShallowGpu, { ep, batch }: ShallowPoint, rates: Rates, fp8Combine: boolean) {
  const sent = (batch * model.hidden * model.topK) / mib
  const domain = isServer(gpu) ? model.experts / Math.ceil(model.experts / ep) === gpu.perNode : ep <= gpu.perNode
  const bandwidth = domain ? rates.nvlink : rates.pcie
  const bytes = fp8Combine && rates.fp4 > 0 ? 1 : 2
  return { dispatch: sent / bandwidth + ms.decodeExchange, combine: (bytes * sent) / bandwidth + ms.decodeExchange }
}

type Layer = Pick<ShallowDecode, 'denseMla' | 'denseMlp' | 'sparseMla' | 'sharedExpert' | 'routedExpert' | 'dispatch' | 'combine'>

/** Identities of R-SHALLOW-3. */
function sums({ model }: ShallowParameters, layer: Layer, batch: number) {
  const { denseMla, denseMlp, sparseMla, sharedExpert, routedExpert, dispatch, combine } = layer
  const compSum = sparseMla + sharedExpert + routedExpert
  const commSum = dispatch + combine
  const delta = commSum - sparseMla - sharedExpert
  const tpotO = (denseMla + denseMlp) * model.denseLayers + compSum * model.sparseLayers
  const tpot = tpotO + Math.max(0, delta) * model.sparseLayers
  const [tps, tpsO] = [1e3 / tpot, 1e3 / tpotO]
  const [total, totalO] = [tps * batch, tpsO * batch]
  return { compSum, commSum, delta, tpot, tpotO, tps, tpsO, total, totalO, commImpact: (totalO - total) / totalO }
}

/** Requests that fit, by its account: KV of prompt and output over all `tp` (defect 1), whatever is left of 90 % of the memory. */
export function shallowMaxBatch(parameters: ShallowParameters, gpu: ShallowGpu, { tp, ep }: Pick<ShallowPoint, 'tp' | 'ep'>): number {
  const {
    model,
    setting,
    mib: size,
    memoryShare,
    gib: { other },
  } = parameters
  const layers = model.denseLayers + model.sparseLayers
  const experts = Math.ceil(model.experts / ep) + 1
  const weights = (size.mlaWeightsInCapacity * layers) / tp / 1024 + (size.expertInCapacity * model.sparseLayers * experts) / 1024
  const free = memoryShare * gpu.memory - other - weights
  const perRequest = (setting.seqLen + setting.decodeLen) * (model.kvLoraRank + model.qkRope) * layers * tp
  return (free * gib) / perRequest
}

/** Its decode table: every EP, GPU, batch and TP that fit, in the order of its CSV. */
export function shallowDecodeTable(parameters: ShallowParameters, fp8Combine: boolean): readonly ShallowDecode[] {
  const { gpus, sweep } = parameters
  return sweep.ep.flatMap((ep) =>
    gpus.flatMap((gpu) =>
      sweep.batch.flatMap((batch) =>
        sweep.tp
          .filter((tp) => batch <= shallowMaxBatch(parameters, gpu, { tp, ep }))
          .map((tp) => shallowDecode(parameters, gpu, { gpu: gpu.name, tp, ep, batch }, fp8Combine)),
      ),
    ),
  )
}

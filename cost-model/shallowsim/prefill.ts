import { mlaTime, parallelMla, prefillMla } from './attention.ts'
import { isServer, type ShallowGpu, type ShallowParameters } from './parameters.ts'
import { mib, mlpGflop, type Rates, ratesOf } from './rates.ts'

/** Rows of the seed's prefill table for one GPU, ms per layer, and their sums over all layers. */
export interface ShallowPrefill {
  readonly mla: number
  readonly denseMlp: number
  readonly tpMla: number
  readonly sharedExpert: number
  readonly combine: number
  /** What of the combine is left when attention and shared expert are done; negative: nothing. */
  readonly overlap1: number
  readonly routedExpert: number
  readonly dispatch: number
  readonly overlap2: number
  /** ms of a whole prompt. */
  readonly compute: number
  readonly communication: number
  readonly sum: number
  readonly tokensPerGpuSecond: number
}

/** The table's rows, as the seed calls them. */
export const prefillRows = [
  ['MLA', 'mla'],
  ['DenseMLP', 'denseMlp'],
  ['TP_MLA', 'tpMla'],
  ['Shared Expert', 'sharedExpert'],
  ['Combine', 'combine'],
  ['Overlap1', 'overlap1'],
  ['Routed Expert', 'routedExpert'],
  ['Dispatch', 'dispatch'],
  ['Overlap2', 'overlap2'],
] as const satisfies readonly (readonly [string, keyof ShallowPrefill])[]

/** A prompt on `tp` x `dp` GPUs. Embedding, head, router, norms and scheduling take no time (defect 9). */
export function shallowPrefill(parameters: ShallowParameters, gpu: ShallowGpu): ShallowPrefill {
  const { model, setting, mib: size } = parameters
  const { seqLen } = setting
  const { tp, dp } = setting.prefill
  const rates = ratesOf(parameters, gpu, 'prefill')
  const mla = mlaTime(parameters, prefillMla(parameters), rates)
  const tpMla = parallelMla(parameters, mla, seqLen, tp, rates)
  const denseMlp = mlpGflop(seqLen, model.hidden, model.intermediate) / rates.low + size.denseMlp / rates.memory
  const load = size.expert / rates.memory
  const expert = (tokens: number) => mlpGflop(tokens, model.hidden, model.expertIntermediate) / rates.low
  const sharedExpert = expert(seqLen / tp) + load
  const routedExpert = expert((seqLen * model.topK) / tp) + (load * model.experts) / (tp * dp)
  const { dispatch, combine } = exchange(parameters, gpu, rates)
  const [overlap1, overlap2] = [combine - (tpMla + sharedExpert), dispatch - routedExpert]
  const compute = model.denseLayers * (mla + denseMlp) + model.sparseLayers * (tpMla + sharedExpert + routedExpert)
  const sum = compute + model.sparseLayers * (Math.max(0, overlap1) + Math.max(0, overlap2))
  return {
    ...{ mla, denseMlp, tpMla, sharedExpert, combine, overlap1, routedExpert, dispatch, overlap2 },
    ...{ compute, communication: model.sparseLayers * (dispatch + combine), sum, tokensPerGpuSecond: ((seqLen / tp) * 1e3) / sum },
  }
}

/** ms. Dispatch is halved as if in FP4 on every GPU: the code compares a method with 0, which it never is (defect 2). */
function exchange({ model, setting, nodeLimit, ms }: ShallowParameters, gpu: ShallowGpu, rates: Rates) {
  const { tp } = setting.prefill
  const row = model.hidden / mib
  const server = isServer(gpu)
  const away = (model.experts - Math.ceil(model.experts / gpu.perNode)) / model.experts
  const sent = server ? (nodeLimit - 1) * (gpu.perNode / tp) * setting.seqLen * row : (away * model.topK * setting.seqLen * row) / tp
  const bandwidth = server ? rates.pcie * gpu.perNode : rates.nvlink
  return { dispatch: sent / 2 / bandwidth + ms.prefillExchange, combine: (2 * sent) / bandwidth + ms.prefillExchange }
}

import fc from 'fast-check'
import { buildLayoutModel, type LayoutModel } from '../../cost-model/layout-model.ts'
import type { StepShape } from '../../cost-model/step.ts'
import { loadCalibration } from '../../optimizer/calibration.ts'
import { openCatalog } from '../../spaces/catalog.ts'
import type { Engine } from '../../spaces/engine.ts'
import { makePool, type Pool, type PoolSpec } from '../../spaces/fleet.ts'
import type { Model } from '../../spaces/model.ts'
import { type ColocatedPlan, type Layout, type Precision, replicaGpus, type Speculation, stageGpus } from '../../spaces/plan.ts'
import { firstBrokenRule } from '../../spaces/rules/index.ts'

export const catalog = openCatalog()
export const calibration = loadCalibration()

const one: Layout = {
  replicas: 1,
  pp: 1,
  attentionDp: 1,
  sp: 1,
  spKind: undefined,
  tp: 1,
  dcp: 1,
  ffnDp: 1,
  ffnTp: 1,
  ep: 1,
  moeTp: 1,
  moeDp: 1,
  redundantExperts: 0,
}

export const fp8: Precision = { weights: 'fp8', activations: 'fp8', kv: 'fp8', comm: 'bf16' }
export const bf16: Precision = { weights: 'bf16', activations: 'bf16', kv: 'bf16', comm: 'bf16' }
/** DeepSeek-V3 as published: fp8 in blocks, KV in 16 bits. */
export const published: Precision = { weights: 'shipped', activations: 'fp8', kv: 'bf16', comm: 'bf16' }

/** A layout by what differs from one GPU; the FFN follows attention TP and the experts the stage unless said otherwise. */
export function layoutOf(changes: Partial<Layout>): Layout {
  const attention = { ...one, ...changes }
  const gpus = stageGpus(attention)
  const ffnTp = changes.ffnTp ?? attention.tp
  const ep = changes.ep ?? 1
  const moeTp = changes.moeTp ?? (changes.ep === undefined ? gpus : 1)
  return { ...attention, ffnTp, ffnDp: gpus / ffnTp, ep, moeTp, moeDp: gpus / (ep * moeTp) }
}

export function modelOf(
  model: string | Model,
  pool: PoolSpec | Pool,
  changes: Partial<Layout>,
  precision: Precision = fp8,
  engine: string | Engine = 'vllm',
  constants = calibration,
): LayoutModel {
  const scenario = {
    model: typeof model === 'string' ? catalog.model(model) : model,
    pools: [],
    engine: typeof engine === 'string' ? catalog.engine(engine) : engine,
    workload: catalog.workload('1k-1k'),
    calibration: constants,
  }
  return buildLayoutModel(scenario, 'links' in pool ? pool : makePool(pool, catalog), { layout: layoutOf(changes), precision })
}

export function decode(sequences: number, context: number): StepShape {
  return { prefillTokens: 0, prefillSequences: 0, prefillContext: 0, decodeSequences: sequences, decodeContext: context }
}

export function prefill(tokens: number, sequences = 1, context = 0): StepShape {
  return { prefillTokens: tokens, prefillSequences: sequences, prefillContext: context, decodeSequences: 0, decodeContext: 0 }
}

/** One model of every kind of mixer and feed-forward part. */
export const kinds = [
  'llama-3.3-70b-instruct',
  'gemma-3-27b-it',
  'gpt-oss-120b',
  'qwen3-235b-a22b',
  'deepseek-v3',
  'deepseek-v3.2',
  'deepseek-v4-pro',
  'qwen3-next-80b-a3b-instruct',
  'kimi-k3',
  'nvidia-nemotron-3-super-120b-a12b-fp8',
  'jamba-v0.1',
  'minimax-text-01',
  'minimax-m3',
  'gemma-4-26b-a4b',
] as const

const workload = catalog.workload('1k-1k')
const engine = catalog.engine('generic')

export interface Case {
  readonly model: Model
  readonly layout: Layout
}

/** Random layouts that break no rule of an engine that can do everything (sequence parallelism also on prefill workers alone). */
export function legalCases(): fc.Arbitrary<Case> {
  const width = (...values: number[]) => fc.constantFrom(...values)
  return fc
    .record({
      name: fc.constantFrom(...kinds),
      pp: width(1, 1, 2, 4),
      attentionDp: width(1, 1, 2, 4),
      sp: width(1, 1, 2),
      spKind: fc.constantFrom('ring' as const, 'all-to-all' as const, 'all-gather' as const),
      tp: width(1, 2, 4, 8),
      dcp: width(1, 1, 2),
      wholeFfn: fc.boolean(),
      experts: fc.nat(),
      redundant: width(0, 0, 16),
    })
    .map(({ name, wholeFfn, experts, redundant, ...rest }): Case => {
      const model = catalog.model(name)
      const moe = model.layerGroups.some((g) => g.ffn.kind === 'moe')
      const attention = { ...rest, spKind: rest.sp > 1 ? rest.spKind : undefined }
      const gpus = stageGpus(attention as Layout)
      const divisors = Array.from({ length: gpus }, (_, i) => i + 1).filter((n) => gpus % n === 0)
      const ep = moe ? divisors[experts % divisors.length]! : 1
      const rest2 = divisors.filter((n) => (gpus / ep) % n === 0)
      const moeTp = moe ? rest2[Math.floor(experts / 7) % rest2.length]! : gpus
      const ffnTp = wholeFfn ? gpus : attention.tp
      return { model, layout: layoutOf({ ...attention, ep, moeTp, ffnTp, redundantExperts: moe && ep > 1 ? redundant : 0 }) }
    })
    .filter(isLegal)
}

function isLegal({ model, layout }: Case): boolean {
  const pool = poolFor(layout)
  const plan = { kind: 'colocated', pool: pool.id, layout, precision: bf16, batch: 64, chunk: 8192 } as const
  const role = layout.sp > 1 ? ({ role: 'prefill' } as const) : {}
  return firstBrokenRule({ model, engine, pool, workload, plan, ...role }) === null
}

export function poolFor(layout: Layout, gpu = 'h100-sxm'): Pool {
  return makePool(
    { gpu, gpus: layout.replicas * replicaGpus(layout), gpusPerNode: Math.min(8, layout.replicas * replicaGpus(layout)) },
    catalog,
  )
}

/** The layout model of a random case, on an engine that can do everything. */
export function modelFor({ model, layout }: Case, precision = bf16, gpu = 'h100-sxm'): LayoutModel {
  return modelOf(model, poolFor(layout, gpu), layout, precision, 'generic')
}

/** A plan of a layout on GPUs with room for all of it, in bf16 with steps of 2048 tokens. */
export function roomyPlan(layout: Layout, batch: number, speculation?: Speculation): { readonly pool: Pool; readonly plan: ColocatedPlan } {
  const pool: Pool = { ...poolFor(layout), memory: { bytes: 2e12, basis: 'stated' } }
  const drafts = speculation && { speculation }
  return { pool, plan: { kind: 'colocated', pool: pool.id, layout, precision: bf16, batch, chunk: 2048, ...drafts } }
}

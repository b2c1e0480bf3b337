import type { Scenario } from '../../../cost-model/scenario.ts'
import { openCatalog } from '../../../spaces/catalog.ts'
import type { Engine } from '../../../spaces/engine.ts'
import { makePool, type Pool } from '../../../spaces/fleet.ts'
import type { Model } from '../../../spaces/model.ts'
import type { ColocatedPlan, Layout, Precision } from '../../../spaces/plan.ts'

export const catalog = openCatalog()
export const GiB = 2 ** 30

export interface Case {
  readonly scenario: Scenario
  readonly pool: Pool
  readonly plan: ColocatedPlan
}

interface Changes {
  readonly model?: string | Model
  readonly engine?: string
  /** Replace figures of the engine's memory policy. */
  readonly memory?: Partial<Engine['memory']>
  readonly scheduler?: Partial<Engine['scheduler']>
  /** Bytes per GPU. */
  readonly bytes?: number
  readonly isl?: number
  readonly osl?: number
  readonly layout?: Partial<Layout>
  readonly precision?: Partial<Precision>
  readonly batch?: number
  readonly chunk?: number
  readonly speculation?: ColocatedPlan['speculation']
}

const single: Layout = {
  ...{ replicas: 1, pp: 1, attentionDp: 1, sp: 1, spKind: undefined, tp: 1, dcp: 1 },
  ...{ ffnDp: 1, ffnTp: 1, ep: 1, moeTp: 1, moeDp: 1, redundantExperts: 0 },
}

/** TP over `tp` GPUs in every view. */
export function allTp(tp: number): Partial<Layout> {
  return { tp, ffnTp: tp, moeTp: tp }
}

/** One GPU of an 80 GB H100, Qwen3-8B in bf16, 512 in and 512 out on vLLM, with some of it changed. */
export function makeCase(changes: Changes = {}): Case {
  const { model = 'qwen3-8b', isl = 512, osl = 512, batch = 16, chunk = 2048, speculation } = changes
  const engine = catalog.engine(changes.engine ?? 'vllm')
  const pool = makePool({ gpu: 'h100-sxm', gpus: 8, ...(changes.bytes === undefined ? {} : { memory: changes.bytes }) }, catalog)
  const scenario: Scenario = {
    model: typeof model === 'string' ? catalog.model(model) : model,
    engine: { ...engine, memory: { ...engine.memory, ...changes.memory }, scheduler: { ...engine.scheduler, ...changes.scheduler } },
    pools: [pool],
    workload: { ...catalog.workload('1k-1k'), isl: { kind: 'fixed', tokens: isl }, osl: { kind: 'fixed', tokens: osl }, prefixHit: 0 },
    calibration: { id: 'none' } as Scenario['calibration'],
  }
  const plan: ColocatedPlan = {
    kind: 'colocated',
    pool: pool.id,
    layout: { ...single, ...changes.layout },
    precision: { weights: 'bf16', activations: 'bf16', kv: 'bf16', comm: 'bf16', ...changes.precision },
    batch,
    chunk,
    ...(speculation === undefined ? {} : { speculation }),
  }
  return { scenario, pool, plan }
}

/** An engine that takes nothing but weights and KV. */
export const bare: Partial<Engine['memory']> = {
  policy: 'no-reserve',
  nonTorch: { single: 0, group: 0 },
  graphs: 0,
  commBuffers: 0,
  logitsBytesPerEntry: 0,
  forwardFactor: Number.MIN_VALUE,
}

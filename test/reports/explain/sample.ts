import { explainPlan } from '../../../cost-model/explain/explain-plan.ts'
import type { Explanation } from '../../../cost-model/explain/explanation.ts'
import { makePool } from '../../../spaces/fleet.ts'
import type { ColocatedPlan, Layout, Precision } from '../../../spaces/plan.ts'
import { replicaGpus } from '../../../spaces/plan.ts'
import { planKey } from '../../../spaces/plan-key.ts'
import type { Workload } from '../../../spaces/workload.ts'
import { bf16, calibration, catalog, fp8, layoutOf, published } from '../../cost-model/layouts.ts'

interface Sample {
  readonly model: string
  readonly gpu: string
  readonly widths: Partial<Layout>
  readonly precision: Precision
  readonly batch: number
  /** Prompt tokens; the output has 1,000. */
  readonly isl: number
}

/** Plans whose explanation is drawn in tests: those the issue names, and one of layers that take turns. */
export const samples = {
  'deepseek-v3 at TP8': { model: 'deepseek-v3', gpu: 'h200-sxm', widths: { tp: 8 }, precision: published, batch: 32, isl: 4000 },
  'deepseek-v3 at TP8 x EP8 x PP2': {
    ...{ model: 'deepseek-v3', gpu: 'h200-sxm', precision: published, batch: 64, isl: 4000 },
    widths: { tp: 8, ep: 8, pp: 2 },
  },
  'deepseek-v3 at EP64 with attention DP': {
    ...{ model: 'deepseek-v3', gpu: 'h200-sxm', precision: published, batch: 4096, isl: 4000 },
    widths: { attentionDp: 64, ep: 64 },
  },
  '405B at PP2 x TP8': {
    ...{ model: 'meta-llama-3.1-405b', gpu: 'h100-sxm', precision: fp8, batch: 64, isl: 4000 },
    widths: { tp: 8, pp: 2 },
  },
  'deepseek-v3 with DCP at 128k': {
    ...{ model: 'deepseek-v3', gpu: 'h200-sxm', precision: published, batch: 4, isl: 128_000 },
    widths: { tp: 8, dcp: 8 },
  },
  'gemma-3-27b at PP4': { model: 'gemma-3-27b-it', gpu: 'h100-sxm', widths: { tp: 2, pp: 4 }, precision: bf16, batch: 16, isl: 4000 },
  '405B at PP8': { model: 'meta-llama-3.1-405b', gpu: 'h100-sxm', widths: { tp: 8, pp: 8 }, precision: fp8, batch: 64, isl: 4000 },
} as const satisfies Readonly<Record<string, Sample>>

export type SampleName = keyof typeof samples

export interface DrawnSample {
  readonly plan: string
  readonly explanation: Explanation
}

export function sampleExplanation(name: SampleName): DrawnSample {
  const { model, gpu, widths, precision, batch, isl }: Sample = samples[name]
  const layout = layoutOf(widths)
  const pool = makePool({ gpu, gpus: replicaGpus(layout), gpusPerNode: 8 }, catalog)
  const workload: Workload = {
    ...catalog.workload('1k-1k'),
    isl: { kind: 'fixed', tokens: isl },
  }
  const scenario = { model: catalog.model(model), pools: [pool], engine: catalog.engine('vllm'), workload, calibration }
  const plan: ColocatedPlan = { kind: 'colocated', pool: pool.id, layout, precision, batch, chunk: 8192 }
  return { plan: planKey(plan), explanation: explainPlan(scenario, plan) }
}

/** The same with the name of an op and of a segment that try to be markup, and with a sync edge and overlapping ops. */
export function hostile({ phases, ...rest }: Explanation): Explanation {
  const evil = '"]<script>alert(1)</script>\\'
  return {
    ...rest,
    phases: phases.map((phase) => ({
      ...phase,
      stages: phase.stages.map((stage) => ({
        ...stage,
        segments: stage.segments.map((segment, i) => ({
          ...segment,
          title: `${segment.title}${evil}`,
          ops: segment.ops.map((op, k) => ({
            ...op,
            name: `${op.name}${evil}`,
            critical: op.kind !== 'expert',
            after: op.after.map((a) => ({ op: `${a.op}${evil}`, why: i === 0 && k === 1 ? ('sync' as const) : a.why })),
          })),
        })),
      })),
    })),
  }
}

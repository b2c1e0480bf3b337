import { z } from 'zod'
import { shallowDecode } from '../../../cost-model/shallowsim/decode.ts'
import { shallowGpu } from '../../../cost-model/shallowsim/parameters.ts'
import { shallowPrefill } from '../../../cost-model/shallowsim/prefill.ts'
import { estimatePlan } from '../../estimate.ts'
import { jsonRow } from '../../values.ts'
import { readExpected } from '../measure.ts'
import { colocated, settingOf } from '../plans.ts'
import { shallowParameters } from './shallowsim.ts'

const count = z.int().positive()
const phases = ['decode', 'prefill'] as const
export type ComparedPhase = (typeof phases)[number]
const planned = z.strictObject({ gpus: count, plan: z.string() })

const comparedSchema = z.strictObject({
  source: z.string(),
  date: z.string(),
  study: z.looseObject({}),
  workload: z.looseObject({ isl: count }),
  gpus: z.array(
    z.strictObject({
      gpu: z.string(),
      shallowsim: z.strictObject({ decode: z.strictObject({ gpu: z.string(), tp: count, ep: count, batch: count }) }),
      fleet: z.looseObject({}),
      decode: planned,
      prefill: planned,
      published: z.array(
        z.strictObject({ phase: z.enum(phases), value: z.number(), who: z.string(), note: z.string(), source: z.string() }),
      ),
    }),
  ),
})
type Compared = z.infer<typeof comparedSchema>
type Published = Compared['gpus'][number]['published'][number]

/** One phase of DeepSeek-V3 on one GPU. Tokens (of output, of prompts cache hits included) per second and GPU. */
export interface Comparison {
  readonly gpu: string
  readonly phase: ComparedPhase
  readonly shallowsim: number
  readonly ours: number
  /** Key of our plan; ShallowSim's has the same EP and, in decode, the same batch per GPU. */
  readonly plan: string
  readonly confidence: string
  readonly published: readonly Published[]
}

/** ShallowSim, this product and what was published, side by side. */
export function compareDeepSeek(): readonly Comparison[] {
  const compared = readExpected('deepseek-v3.yaml', comparedSchema)
  return compared.gpus.flatMap((one) =>
    phases.map((phase) => ({
      gpu: one.gpu,
      phase,
      shallowsim: shallowRate(one.shallowsim.decode, phase),
      ...ourRate(compared, one, phase),
      plan: one[phase].plan,
      published: one.published.filter((figure) => figure.phase === phase),
    })),
  )
}

function shallowRate(point: Compared['gpus'][number]['shallowsim']['decode'], phase: ComparedPhase): number {
  const parameters = shallowParameters()
  const gpu = shallowGpu(parameters, point.gpu)
  return phase === 'prefill' ? shallowPrefill(parameters, gpu).tokensPerGpuSecond : shallowDecode(parameters, gpu, point, false).total
}

function ourRate(compared: Compared, one: Compared['gpus'][number], phase: ComparedPhase) {
  const { gpus, plan } = one[phase]
  const setting = settingOf({ ...compared.study, fleet: [{ ...one.fleet, gpus }], workload: compared.workload })
  const written = colocated(plan)
  const { row, rejected, batchAlone } = estimatePlan(setting, written)
  if (rejected !== null || batchAlone === null) throw new Error(`${plan}: ${rejected?.message ?? 'no static batch'}`)
  // A batch that starts at once keeps the phases apart, as workers that do one of them alone: no prompt interrupts a decode.
  const { ttft, tpot } = batchAlone
  const ours = phase === 'prefill' ? (written.batch * compared.workload.isl) / ttft / gpus : written.batch / tpot / gpus
  return { ours, confidence: String(jsonRow(row).confidence) }
}

import { withHost } from '../../../cost-model/host.ts'
import { buildLayoutModel } from '../../../cost-model/layout-model.ts'
import type { Scenario } from '../../../cost-model/scenario.ts'
import { type StepShape, stepTime } from '../../../cost-model/step.ts'
import { colocated, settingOf } from '../plans.ts'
import type { Published, PublishedFigure } from './spec.ts'

export interface Step {
  readonly phase: 'prefill' | 'decode'
  readonly tokens: number
  /** Requests of each of so many ranks. */
  readonly batch: number
  readonly ranks: number
}

/** Times steps of one plan, its host's work included; whether it fits in memory is not asked. Seconds. */
function stepper(study: object, plan: string, exponent?: number): (step: Step) => number {
  const { scenario } = settingOf({ workload: { isl: 1000, osl: 100 }, ...study })
  const routed = exponent === undefined ? scenario : withExponent(scenario, exponent)
  const key = colocated(plan)
  const model = buildLayoutModel(routed, routed.pools[0]!, key)
  return (step) => {
    const shape = shapeOf(step)
    return withHost(scenario.engine, stepTime(model, shape), shape, key.layout.attentionDp).latency
  }
}

function withExponent(scenario: Scenario, exponent: number): Scenario {
  const { calibration } = scenario
  return { ...scenario, calibration: { ...calibration, routing: { ...calibration.routing, exponent } } }
}

function shapeOf({ phase, tokens, batch, ranks }: Step): StepShape {
  const requests = batch * ranks
  if (phase === 'decode') return { ...none, decodeSequences: requests, decodeContext: tokens }
  return { ...none, prefillTokens: requests * tokens, prefillSequences: requests, prefillRanks: ranks }
}

const none = { prefillTokens: 0, prefillSequences: 0, prefillRanks: 1, prefillContext: 0, decodeSequences: 0, decodeContext: 0 }

/** A published figure in its own unit: milliseconds of a step, or tokens per second and GPU. */
export function computeFigure({ model, gpu, gpus, engine, layout, precision, exponent, ...step }: PublishedFigure): number {
  const width = (name: string) => Number(new RegExp(`(?:^|\\.)${name}(\\d+)`).exec(layout)?.[1] ?? 1)
  const [ranks, tp, ep] = [width('adp'), width('tp'), width('ep')]
  const copies = /\.r(\d+)$/.exec(layout)?.[1]
  const key = `${gpu}:r1.pp1.sp1.adp${ranks}.tp${tp}.dcp1.ep${ep}.mtp${(ranks * tp) / ep}.mdp1${copies === undefined ? '' : `.red${copies}`}`
  const seconds = stepper({ model, fleet: [{ gpu, gpus }], engine }, `${key}:${precision}:b${ranks}:c8192`, exponent)({ ...step, ranks })
  if (step.unit === 'ms') return 1e3 * seconds
  return (step.batch * ranks * (step.phase === 'prefill' ? step.tokens : 1)) / seconds / gpus
}

/** Splitwise's step times beside ours, milliseconds. */
export function computeSplitwise({ engine, tables }: Published['splitwise']) {
  return tables.flatMap(({ model, gpu, tp, rows }) => {
    const plan = `${gpu}:r1.pp1.sp1.adp1.tp${tp}.dcp1.ep1.mtp${tp}.mdp1:w=bf16,a=bf16,kv=bf16,comm=bf16:b1:c8192`
    const time = stepper({ model, fleet: [{ gpu, gpus: tp }], engine }, plan)
    return rows.map(([tokens, batch, prefill, decode]) => ({
      ...{ configuration: `${model} ${gpu} tp${tp}`, tokens, batch },
      prefill: { published: prefill, ours: 1e3 * time({ phase: 'prefill', tokens, batch, ranks: 1 }) },
      decode: { published: decode, ours: 1e3 * time({ phase: 'decode', tokens: tokens + 64, batch, ranks: 1 }) },
    }))
  })
}

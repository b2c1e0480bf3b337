import { openCatalog } from '../../spaces/catalog.ts'
import type { Engine } from '../../spaces/engine.ts'
import { makePool, type Pool } from '../../spaces/fleet.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'
import type { SpaceInputs } from '../../spaces/pool-axes.ts'
import type { RuleContext } from '../../spaces/rules/rule.ts'

export const catalog = openCatalog()

/** 8 x 8 H100 with NVLink inside and a network outside. */
export const h100s = (gpus = 64): Pool => makePool({ node: 'dgx-h100', gpus }, catalog)

export const llama: SpaceInputs = {
  model: catalog.model('llama-3.3-70b-instruct'),
  engine: catalog.engine('vllm'),
  workload: catalog.workload('1k-1k'),
  pools: [h100s()],
}
export const deepseek: SpaceInputs = { ...llama, model: catalog.model('deepseek-v3') }

export function parallel(engine: Engine, changes: Partial<Engine['parallel']>): Engine {
  return { ...engine, parallel: { ...engine.parallel, ...changes } }
}

export function scheduler(engine: Engine, changes: Partial<Engine['scheduler']>): Engine {
  return { ...engine, scheduler: { ...engine.scheduler, ...changes } }
}

/** A context for rules: Llama 3.3 70B, an engine that can do everything, 64 H100, 1k in and 1k out; the plan is one eight-GPU replica each. */
export function context(
  changes: Partial<Omit<RuleContext, 'plan'>> & { readonly plan?: Partial<ColocatedPlan>; readonly key?: string } = {},
): RuleContext {
  const { key, plan, ...rest } = changes
  const base = parsePlanKey(key ?? planWith({})) as ColocatedPlan
  return {
    model: catalog.model('llama-3.3-70b-instruct'),
    engine: catalog.engine('generic'),
    pool: h100s(),
    workload: catalog.workload('1k-1k'),
    plan: { ...base, ...plan },
    ...rest,
  }
}

const widths = { r: 8, pp: 1, sp: 1, adp: 1, tp: 8, dcp: 1, ep: 1, mtp: 8, mdp: 1 }
const formats = { w: 'bf16', a: 'bf16', kv: 'bf16', comm: 'bf16' }

interface Changes extends Partial<typeof widths>, Partial<typeof formats> {
  readonly pool?: string
  readonly b?: number
  readonly c?: number
  /** Written after the widths: `.spk=ring`. */
  readonly extra?: string
}

/** The key of eight replicas of eight H100 in bf16, with some fields changed. */
export function planWith({ pool = 'h100-sxm', b = 8, c = 8192, extra = '', ...changes }: Changes): string {
  const layout = Object.entries(widths).map(([name, value]) => `${name}${changes[name as keyof typeof widths] ?? value}`)
  const precision = Object.entries(formats).map(([name, value]) => `${name}=${changes[name as keyof typeof formats] ?? value}`)
  return `${pool}:${layout.join('.')}${extra}:${precision.join(',')}:b${b}:c${c}`
}

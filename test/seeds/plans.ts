import { evaluate, type Values } from '../../cost-model/evaluate.ts'
import { type Estimate, estimatePlan } from '../../optimizer/estimate.ts'
import { checkStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'

/** A plan key by what differs from one GPU; experts and FFN follow. */
export function key(pool: string, widths: Readonly<Record<string, number | string>>, precision: string, batch: number): string {
  const w = { r: 1, pp: 1, sp: 1, adp: 1, tp: 1, dcp: 1, ep: 1, ...widths }
  const gpus = w.sp * w.adp * w.tp
  const { r, pp, sp, adp, tp, dcp, ep, spk } = w as typeof w & { readonly spk?: string }
  const kind = spk === undefined ? '' : `.spk=${spk}`
  return `${pool}:r${r}.pp${pp}.sp${sp}.adp${adp}.tp${tp}.dcp${dcp}.ep${ep}.mtp${gpus / ep}.mdp1${kind}:w=${precision},a=${precision},kv=${precision},comm=bf16:b${batch}:c8192`
}

function settingOf(study: object) {
  return resolveStudy(checkStudy({ name: 'seeds', ...study }))
}

/** The verdict on a plan, rules included. */
export function estimate(study: object, plan: string): Estimate {
  return estimatePlan(settingOf(study), parsePlanKey(plan) as ColocatedPlan)
}

/** SI values of a legal plan that fits. */
export function values(study: object, plan: string): Values {
  const { rejected } = estimate(study, plan)
  if (rejected !== null) throw new Error(`${plan}: ${rejected.message}`)
  return evaluate(settingOf(study).scenario, parsePlanKey(plan)).values
}

import { rowWidth } from '../cost-model/column.ts'
import { createEvaluator, evaluateStatic } from '../cost-model/evaluate.ts'
import type { StaticServing } from '../cost-model/serve/static.ts'
import type { Pool } from '../spaces/fleet.ts'
import { InputError } from '../spaces/issue.ts'
import { firstBrokenPairRule } from '../spaces/pair-rules/index.ts'
import type { ColocatedPlan, Plan } from '../spaces/plan.ts'
import type { Reason } from '../spaces/reason.ts'
import { firstBrokenRule } from '../spaces/rules/index.ts'
import { didYouMean } from '../spaces/suggest.ts'
import { boundedValue, missOf, missReason } from './limit.ts'
import type { Setting } from './setting.ts'
import { okStatus, statusAt, statusNumber } from './table.ts'

/** What one plan comes to. */
export interface Estimate {
  readonly plan: Plan
  /** Values by the column table; all NaN where a rule is broken, memory alone where it does not fit. */
  readonly row: Float64Array
  /** Why the plan cannot run; null: it can. */
  readonly rejected: Reason | null
  /** The same requests as one static batch; null where the plan cannot run, or has separate workers. */
  readonly batchAlone: StaticServing | null
  /** SLOs and limits that it misses. */
  readonly misses: readonly Reason[]
}

/** Rules, then memory, then times, of a plan that need not be in the space of the setting. InputError where it names another fleet. */
export function estimatePlan({ scenario, limits }: Setting, plan: Plan): Estimate {
  const row = new Float64Array(rowWidth).fill(Number.NaN)
  const broken = brokenRule(scenario, plan)
  const rejected = broken ?? createEvaluator(scenario).evaluate(plan, row, 0)
  const missed = rejected === null ? limits.filter((limit) => missOf(limit, row) > 0) : []
  if (rejected === null) row[statusAt] = missed.length === 0 ? okStatus : statusNumber('misses-slo')
  const batchAlone = rejected === null && plan.kind === 'colocated' ? evaluateStatic(scenario, plan) : null
  return { plan, row, rejected, batchAlone, misses: missed.map((limit) => missReason(limit, boundedValue(limit, row))) }
}

function brokenRule(scenario: Setting['scenario'], plan: Plan): Reason | null {
  const pool = (worker: ColocatedPlan) => poolNamed(worker, scenario.pools)
  if (plan.kind === 'colocated') return firstBrokenRule({ ...scenario, pool: pool(plan), plan })
  return firstBrokenPairRule({ ...scenario, prefillPool: pool(plan.prefill), decodePool: pool(plan.decode), plan })
}

/** The pool that a plan names. InputError, at `path`, where there is none. */
export function poolNamed({ pool }: ColocatedPlan, pools: Setting['scenario']['pools'], path = 'plan'): Pool {
  const found = pools.find(({ id }) => id === pool)
  if (found !== undefined) return found
  const ids = pools.map(({ id }) => id)
  const suggestion = didYouMean(pool, ids) ?? `known: ${ids.join(', ')}`
  throw new InputError({ path, code: 'unknown-name', message: `unknown pool "${pool}"`, suggestion })
}

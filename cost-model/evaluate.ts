import type { Price } from '../spaces/fleet.ts'
import type { ColocatedPlan, Plan } from '../spaces/plan.ts'
import type { Reason } from '../spaces/reason.ts'
import { bandWriter } from './bands/write.ts'
import { type ColumnName, columns, rowWidth } from './column.ts'
import { preparingPairs, putPair } from './evaluate-pair.ts'
import { withHost } from './host.ts'
import { putLoaded } from './latency.ts'
import { memoryAt } from './memory.ts'
import { loadOf, poolOf, preparing } from './prepare.ts'
import { type Put, putFidelity, putMemory, putMoney, putPhases, putStatus } from './row.ts'
import type { Scenario } from './scenario.ts'
import type { StepFunction } from './serve/load.ts'
import { fullPrefill, type StaticServing, serveStatic } from './serve/static.ts'
import { type StepTime, stepSeconds, stepTime } from './step.ts'
import { type Sides, workerSides } from './worker-side.ts'

export interface Evaluator {
  /** Workers of the disaggregated plans it evaluates: computed once for whatever they are paired with. */
  readonly sides: Sides
  /**
   * Writes the plan's columns (SI units, NaN where one does not apply) to `row` from `offset` on. A reason: it cannot run, and only its
   * memory is filled in. Plans that follow each other with the same layout and precision objects share what depends on these alone.
   */
  evaluate(plan: Plan, row: Float64Array, offset: number): Reason | null
}

/** Memory, then step times, then serving, then money, then how sure that is. */
export function createEvaluator(scenario: Scenario): Evaluator {
  const prepared = preparing(scenario)
  const sides = workerSides(scenario)
  const pairs = preparingPairs(scenario, sides)
  const writeBands = bandWriter(scenario)
  return {
    sides,
    evaluate: (plan, row, offset) => {
      const put: Put = (position, value) => {
        row[offset + position] = value
      }
      row.fill(Number.NaN, offset, offset + rowWidth)
      if (plan.kind === 'disaggregated') {
        const refused = putPair(put, scenario, pairs(plan))
        if (refused === null) writeBands(plan, row, offset)
        return refused
      }

      const found = prepared(plan)
      const { pool, gpus, replicas, layoutMemory, model } = found
      const memory = memoryAt(layoutMemory, plan)
      putMemory(put, memory)
      putStatus(put, memory.verdict === null ? 'ok' : 'out-of-memory')
      if (memory.verdict !== null) return memory.verdict

      const load = loadOf(found, plan, memory.seats.reserved)
      let decode: StepTime | undefined
      const step: StepFunction = (shape) => {
        if (shape.prefillTokens > 0) return withHost(scenario.engine, stepSeconds(model, shape), shape, load.attentionDp)
        decode = stepTime(model, shape)
        return withHost(scenario.engine, decode, shape, load.attentionDp)
      }
      const rates = putLoaded(put, scenario, load, step, replicas, gpus)
      putPhases(put, stepTime(model, fullPrefill(load)), decode!, [model.pedigree])
      putMoney(put, [{ pool, gpus }], rates)
      putFidelity(put, 'closed')
      writeBands(plan, row, offset)
      return null
    },
  }
}

export type Values = Readonly<Record<ColumnName, number>>

export type Evaluation =
  | {
      readonly kind: 'ok'
      readonly values: Values /** Of every pool that the plan uses. */
      readonly prices: readonly (Price | undefined)[]
    }
  | { readonly kind: 'rejected'; readonly values: Values; readonly reason: Reason }

/** One plan of a scenario. */
export function evaluate(scenario: Scenario, plan: Plan): Evaluation {
  const row = new Float64Array(rowWidth)
  const reason = createEvaluator(scenario).evaluate(plan, row, 0)
  const values = Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])) as Values
  if (reason !== null) return { kind: 'rejected', values, reason }
  const workers = plan.kind === 'colocated' ? [plan] : [plan.prefill, plan.decode]
  return { kind: 'ok', values, prices: [...new Set(workers.map((worker) => poolOf(scenario, worker)))].map(({ price }) => price) }
}

/** One batch of the plan's size that starts and ends at once, instead of a queue that never empties; null where the plan does not fit. */
export function evaluateStatic(scenario: Scenario, plan: ColocatedPlan): StaticServing | null {
  const found = preparing(scenario)(plan)
  const { layoutMemory, model } = found
  const memory = memoryAt(layoutMemory, plan)
  if (memory.verdict !== null) return null
  const load = loadOf(found, plan, memory.seats.reserved)
  return serveStatic(load, (shape) => withHost(scenario.engine, stepTime(model, shape), shape, load.attentionDp))
}

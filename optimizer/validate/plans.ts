import { z } from 'zod'
import { type ColumnName, findColumn } from '../../cost-model/column.ts'
import { evaluate } from '../../cost-model/evaluate.ts'
import { type Memory, memoryOf } from '../../cost-model/memory.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'
import { estimatePlan } from '../estimate.ts'
import { checkStudy } from '../read-study.ts'
import { resolveStudy } from '../resolve.ts'
import type { Setting } from '../setting.ts'
import { jsonRow } from '../values.ts'
import { type Measure, measure } from './measure.ts'

const settings = new Map<string, Setting>()

/** What a study, written as in its file, stands for; remembered, since rows of a table share it. */
export function settingOf(study: object): Setting {
  const key = JSON.stringify(study)
  const known = settings.get(key)
  if (known !== undefined) return known
  const setting = resolveStudy(checkStudy({ name: 'validate', ...study }))
  settings.set(key, setting)
  return setting
}

export function colocated(key: string): ColocatedPlan {
  const plan = parsePlanKey(key, 'plan')
  if (plan.kind !== 'colocated') throw new Error(`${key} is disaggregated`)
  return plan
}

const at = z.strictObject({ study: z.looseObject({}), plan: z.string() })
type At = z.infer<typeof at>

/** A published value of a legal plan: a number in the column's unit, or its word. */
function published({ study, plan }: At, column: ColumnName): number | string {
  const { row, rejected } = estimatePlan(settingOf(study), colocated(plan))
  const value = jsonRow(row)[column]
  if (rejected !== null || value === null || value === undefined) throw new Error(`${plan}: ${rejected?.message ?? `no ${column}`}`)
  return value
}

function memory({ study, plan }: At): Memory {
  const { scenario } = settingOf(study)
  return memoryOf(scenario, scenario.pools[0]!, colocated(plan))
}

const figures: Readonly<Record<string, (memory: Memory) => number>> = {
  weights: ({ terms }) => terms.weights,
  kv: ({ terms }) => terms.kv,
  activations: ({ terms }) => terms.activations,
  budget: ({ budget }) => budget,
  'without KV': ({ terms: { weights, activations, nonTorch } }) => weights + activations + nonTorch,
  'with graphs and KV': ({ terms: { weights, activations, nonTorch, graphs }, budget }) =>
    weights + activations + nonTorch + graphs + budget,
  'KV tokens': ({ kvCapacityTokens }) => kvCapacityTokens,
  'largest batch': ({ largestBatch }) => largestBatch,
}

const column = z.string().refine((name) => findColumn(name) !== undefined, 'is no column')
const figure = z.enum(Object.keys(figures) as [string, ...string[]])

/** Measures of whole plans, through the public evaluator. */
export const planMeasures: Readonly<Record<string, Measure>> = {
  column: measure(at.extend({ column }), ({ column, ...at }) => published(at, column as ColumnName)),
  'column ratio': measure(at.extend({ column, over: at.partial() }), ({ column, over, study, plan }) => {
    const [a, b] = [
      { study, plan },
      { study, plan, ...over },
    ].map((one) => published(one, column as ColumnName))
    return Number(a) / Number(b)
  }),
  memory: measure(at.extend({ figure, per: z.number().default(1) }), ({ figure, per, ...at }) => figures[figure]!(memory(at)) / per),
  'memory ratio': measure(at.extend({ figure, over: at.partial() }), ({ figure, over, study, plan }) => {
    const [a, b] = [
      { study, plan },
      { study, plan, ...over },
    ].map((one) => figures[figure]!(memory(one)))
    return a! / b!
  }),
  'memory difference': measure(at.extend({ figure, less: at.partial() }), ({ figure, less, study, plan }) => {
    const [a, b] = [
      { study, plan },
      { study, plan, ...less },
    ].map((one) => figures[figure]!(memory(one)))
    return a! - b!
  }),
  /** The rule that refuses a plan, or the memory term that does not fit. */
  refusal: measure(at, ({ study, plan }) => estimatePlan(settingOf(study), colocated(plan)).rejected?.code ?? 'runs'),
  /** E2E over TTFT + (output - 1) x TPOT. */
  'end to end': measure(at, ({ study, plan }) => {
    const { scenario } = settingOf(study)
    const { values } = evaluate(scenario, colocated(plan))
    const { osl } = scenario.workload
    if (osl.kind !== 'fixed') throw new Error('needs an output of fixed length')
    return values.e2e_ms / (values.ttft_ms + (osl.tokens - 1) * values.tpot_ms)
  }),
}

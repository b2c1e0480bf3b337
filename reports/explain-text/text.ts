import { columnIndex, findColumn } from '../../cost-model/column.ts'
import type { Explanation, RequestExplanation } from '../../cost-model/explain/explanation.ts'
import type { Phase } from '../../cost-model/graph.ts'
import type { Explained } from '../../optimizer/explain.ts'
import type { FoundPlan } from '../../optimizer/find-plan.ts'
import type { Setting } from '../../optimizer/setting.ts'
import type { Pool } from '../../spaces/fleet.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'
import { planKey } from '../../spaces/plan-key.ts'
import { printNumber, printValue } from '../number.ts'
import { memoryLines } from './memory.ts'
import { phaseLines } from './phase.ts'
import { helpLines, requestLines } from './request.ts'
import { wrapped } from './wrap.ts'

export interface ExplainView {
  /** Every op, every stage. */
  readonly all: boolean
  /** One phase alone; undefined: both. */
  readonly phase: Phase | undefined
}

/** Where the time and the memory of one plan go, as a person reads it: a screen of it unless all is asked for. */
export function printExplanation(setting: Setting, found: FoundPlan<ColocatedPlan>, explained: Explained, view: ExplainView): string {
  const pool = setting.scenario.pools.find(({ id }) => id === found.plan.pool)!
  const notes = setting.warnings.flatMap((warning) => wrapped(`note: ${warning}`, 6))
  return `${[...head(setting, found), ...body(explained, pool, view), ...notes].join('\n')}\n`
}

/** Letters of the study's hash that are printed. */
const hashLetters = 12

function head(setting: Setting, { plan, index, why }: FoundPlan<ColocatedPlan>): readonly string[] {
  const { scenario, studyHash, name } = setting
  const number = index === undefined ? 'not in the space of' : `plan ${index}@${studyHash.slice(0, hashLetters)} of`
  const pool = scenario.pools.find(({ id }) => id === plan.pool)!
  return [
    planKey(plan),
    ...wrapped(`${number} "${name}": ${scenario.model.name} on ${pool.gpus} x ${pool.gpu.name}, ${scenario.engine.id}`, 2),
    ...(why === undefined ? [] : wrapped(`best: ${why}`, 6)),
  ]
}

function body(explained: Explained, pool: Pool, { all, phase }: ExplainView): readonly string[] {
  const { rejected, misses } = explained.estimate
  const rejection = rejected === null ? '' : `rejected: ${rejected.message} (${rejected.code})`
  if (explained.kind === 'illegal') return [rejection]
  if (explained.kind === 'unfit') return ['', ...memoryLines(explained.memory, all), rejection]
  const { explanation, estimate } = explained
  const phases = explanation.phases.filter((p) => phase === undefined || p.phase === phase)
  return [
    ...requestLines(explanation),
    summary(explanation, estimate.row),
    ...misses.map(({ message }) => `misses: ${message}`),
    ...phases.flatMap((p) => ['', ...phaseLines(p, pool, all)]),
    '',
    ...memoryLines(explanation.memory, all),
    '',
    ...helpLines(explanation),
  ]
}

function summary({ request }: Explanation, row: Float64Array): string {
  const { outputPerSecondPerGpu, regime } = request
  const confidence = printValue(findColumn('confidence')!, row[columnIndex('confidence')]!)
  return `${printNumber(outputPerSecondPerGpu, 4)} output tokens/s per GPU; ${regimes[regime]}; confidence: ${confidence}`
}

/** What a regime of serving is, for people. */
export const regimes: Readonly<Record<RequestExplanation['regime'], string>> = {
  // Not decode alone: others' prompts may be most of its steps, as long as they do not queue.
  decode: 'the time of steps limits throughput',
  'prefill-bound': 'the prompt tokens that a step may carry limit throughput',
  'kv-bound': 'KV memory limits how many requests run',
  'seat-bound': "the engine's seats limit how many requests run",
  arrivals: 'all that arrives is served',
  overloaded: 'more arrives than is served, so that waits grow without end',
}

import type { ColumnName } from '../../cost-model/column.ts'
import { planKey } from '../../spaces/plan-key.ts'
import { firstMiss, violation } from '../limit.ts'
import { objectivesOf } from '../objective.ts'
import type { Outcome } from '../outcome.ts'
import type { PlanSpace } from '../plan-space.ts'
import { type Choice, choose } from '../recommend.ts'
import type { Result } from '../result-schema.ts'
import type { Setting } from '../setting.ts'
import { rowAt, type Table, tableSize } from '../table.ts'
import { gapsOf } from './gaps.ts'
import { distance, epsilon, type Judged } from './near.ts'
import type { Refined } from './refined.ts'

/** What result.json says of the replays of a run; null where there were none to be. */
export function replayResult({ objectives, limits }: Setting, space: PlanSpace, outcome: Outcome): Result['replay'] {
  const { refined, front } = outcome
  if (refined === undefined) return null
  const { chosen, unreached, replayed, refused, closedFront, closedMeeting } = refined
  const named = (index: number) => ({ plan: planKey(space.at(index)), index })
  const judged = { objectives: objectivesOf(objectives), limits }
  const chosenBefore = choose(objectives, limits, { front: closedFront, meeting: closedMeeting })
  return {
    epsilonPercent: percent(epsilon),
    chosen,
    replayed: tableSize(replayed),
    unreached,
    refused: refused.map(({ reason, plans, example, index }) => ({ reason, plans, example, ...named(index) })),
    gaps: gapsOf(
      refined,
      gapColumns(
        objectives,
        limits.map(({ column }) => column),
      ),
    ).map(({ column, plans, index, ...gap }) => ({
      column,
      plans,
      medianPercent: percent(gap.median),
      medianSizePercent: percent(gap.medianSize),
      p90SizePercent: percent(gap.p90Size),
      most: { percent: percent(gap.most), ...named(index) },
    })),
    entered: without(front.indexes, closedFront.indexes).map(named),
    left: without(closedFront.indexes, front.indexes).map((index) => ({ ...named(index), ...whyLeft(refined, front, index, judged) })),
    closedRecommended: chosenBefore.map(({ goal, index }) => ({ goal, ...named(index) })),
    recommendationChanged: differ(chosenBefore, choose(objectives, limits, outcome)),
  }
}

/** What a study asks about, and what every reader does. */
function gapColumns(objectives: readonly ColumnName[], limited: readonly ColumnName[]): readonly ColumnName[] {
  return [...new Set<ColumnName>([...objectives, ...limited, 'ttft_ms', 'tpot_ms', 'out_tok_s_per_gpu'])]
}

function percent(share: number): number {
  return Number((100 * share).toPrecision(4))
}

function without(indexes: Float64Array, others: Float64Array): readonly number[] {
  const known = new Set(others)
  return [...indexes].filter((index) => !known.has(index))
}

/** The limit that a plan misses by its replay; `beaten` where it misses none. And by how much; null where that is no number. */
function whyLeft({ replayed, closedFront }: Refined, front: Table, index: number, { objectives, limits }: Judged) {
  const table = replayed.indexes.includes(index) ? replayed : closedFront
  const row = rowAt(table, table.indexes.indexOf(index))
  const miss = firstMiss(limits, row, 0)
  const by = miss === undefined ? distance(row, front, { objectives, limits: [] }) : violation(miss, row[miss.at]!)
  return { reason: miss?.code ?? 'beaten', byPercent: Number.isFinite(by) ? percent(by) : null }
}

function differ(a: readonly Choice[], b: readonly Choice[]): boolean {
  const word = (choices: readonly Choice[]) => choices.map(({ goal, index }) => `${goal} ${index}`).join()
  return word(a) !== word(b)
}

import { requestMoments } from '../cost-model/serve/moments.ts'
import type { Pool } from '../spaces/fleet.ts'
import { lengthMoments } from '../spaces/length.ts'
import { planKey } from '../spaces/plan-key.ts'
import { boundedValue, type Limit, missOf, missReason } from './limit.ts'
import type { Outcome } from './outcome.ts'
import { type PlanSpace, studySpace } from './plan-space.ts'
import { choose, limitsText } from './recommend.ts'
import { replayResult } from './refine/replay-result.ts'
import { type Result, resultVersion } from './result-schema.ts'
import type { Nearest } from './search-range.ts'
import type { Setting } from './setting.ts'
import { rowAt, tableSize } from './table.ts'
import { jsonRow } from './values.ts'

/** What result.json says: everything a run found that is the same every time it runs. */
export function makeResult(setting: Setting, outcome: Outcome, version: string): Result {
  const { scenario, limits, objectives } = setting
  const { total, decided, evaluated, meeting, front, nearest, nearestFit } = outcome
  const space = studySpace(setting)
  const slo = limits.length === 0 ? 'none' : limitsText(limits)
  return {
    schemaVersion: resultVersion,
    tool: { name: 'fleetfront', version },
    study: setting.study,
    resolved: resolved(setting),
    studyHash: setting.studyHash,
    catalogHash: setting.catalogHash,
    calibration: { id: scenario.calibration.id, hash: setting.calibrationHash },
    partial: outcome.partial,
    counts: {
      total,
      decided,
      evaluated,
      meeting,
      byReason: outcome.counts.map(({ reason, plans, index, example }) => ({
        reason,
        plans,
        example,
        plan: planKey(space.at(index)),
        index,
      })),
    },
    kept: outcome.kept.kind,
    recommended: choose(objectives, limits, outcome).map(({ goal, index, row, why }) => ({
      ...planned(space, index, row),
      slo,
      goal,
      why,
    })),
    nearest:
      !nothingServes(outcome) || nearest === null
        ? null
        : { ...planned(space, nearest.index, nearest.row), misses: missesOf(nearest, limits) },
    nearestFit: evaluated > 0 || nearestFit === null ? null : unfit(space, nearestFit),
    front: Array.from(front.indexes, (index, i) => planned(space, index, rowAt(front, i))),
    replay: replayResult(setting, space, outcome),
    warnings: [...setting.warnings],
  }
}

/** No plan meets every limit; or none that was replayed, and those that were not are far from the front. */
export function nothingServes({ meeting, front, refined }: Outcome): boolean {
  return meeting === 0 || (refined !== undefined && tableSize(front) === 0)
}

function planned(space: PlanSpace, index: number, row: Float64Array) {
  return { plan: planKey(space.at(index)), index, values: jsonRow(row) }
}

function unfit(space: PlanSpace, { index, row, reason }: Nearest): Result['nearestFit'] {
  return { ...planned(space, index, row), reason: reason.code, message: reason.message }
}

function missesOf({ row }: Nearest, limits: readonly Limit[]) {
  return limits.flatMap((limit) => {
    const share = missOf(limit, row)
    if (share === 0) return []
    const { code, message } = missReason(limit, boundedValue(limit, row))
    return [
      { limit: limit.label, reason: code, message, beyondPercent: Number.isFinite(share) ? Number((share * 100).toPrecision(6)) : null },
    ]
  })
}

function resolved({ scenario: { model, engine, workload, pools } }: Setting): Result['resolved'] {
  return {
    model: model.id,
    engine: engine.id,
    workload: {
      id: workload.id,
      isl: lengthMoments(workload.isl),
      osl: lengthMoments(workload.osl),
      prefixHit: requestMoments(workload).prefixHit,
    },
    pools: pools.map(poolFacts),
  }
}

function poolFacts({ id, gpu, gpus, gpusPerNode, memory, wattsPerGpu, price }: Pool): Result['resolved']['pools'][number] {
  return { id, gpu: gpu.id, gpus, gpusPerNode, memory, wattsPerGpu: wattsPerGpu ?? null, price: price ?? null }
}

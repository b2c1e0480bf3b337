import { benchmarkSchema, drawnLength } from '../../../spaces/benchmark.ts'
import type { Length } from '../../../spaces/length.ts'
import type { Workload } from '../../../spaces/workload.ts'
import type { Measured } from './measured.ts'
import type { Recipe } from './recipe.ts'

/** What a point was measured with: a benchmark where the row or its source says how many prompts a slot sent, else the steady state. */
export function workloadOf(row: Measured, recipe: Recipe): Workload {
  const [, range] = /^uniform\[([\d.]+),\s*1(?:\.0*)?\]$/.exec(row.text('length_dist')) ?? []
  const lengthOf = (name: 'isl' | 'osl'): Length => {
    const [nominal, mean] = [row.number(name)!, row.number(`${name}_mean`)]
    if (range !== undefined) return drawnLength({ kind: 'fixed', tokens: nominal }, Number(range))
    return { kind: 'fixed', tokens: mean ?? nominal }
  }
  // A pair is predicted in its steady state.
  const pair = row.text('serving_mode') === 'disaggregated'
  const promptsPerSlot = pair ? undefined : (row.number('prompts_per_slot') ?? recipe.promptsPerSlot)
  const statistic = ['median', 'p50'].includes(row.text('statistic')) ? 'median' : 'mean'
  return {
    ...{ id: 'measured', name: 'as measured', isl: lengthOf('isl'), osl: lengthOf('osl'), prefixHit: 0 },
    ...(promptsPerSlot !== undefined && { benchmark: benchmarkSchema.parse({ promptsPerSlot, statistic }) }),
  }
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimatePlan } from '../../optimizer/estimate.ts'
import { runStudy } from '../../optimizer/run.ts'
import type { Setting } from '../../optimizer/setting.ts'
import { rowAt } from '../../optimizer/table.ts'
import { makeSpace } from '../../spaces/space.ts'
import { resolved } from '../optimizer/written.ts'
import { type Drawn, randomPlan } from './random-plan.ts'

const base = resolved()

/** A study of every plan near a drawn one: its precision with all widths on its pool, two batches and two chunks. */
function studyOf({ scenario, plan }: Drawn): Setting {
  const { weights, activations, kv, comm } = plan.precision
  const axes = { weights: [weights], activations: [activations], kv: [kv], comm: [comm], batch: [1, plan.batch], chunk: [plan.chunk, 8192] }
  return { ...base, scenario, axes: { ...base.axes, ...axes, attentionDp: [1, 2], tp: 'all', dcp: 'all' } as Setting['axes'] }
}

describe('an estimate', () => {
  it('of a plan is to the last bit what a sweep keeps of it, for random models, pools and engines', async () => {
    let compared = 0
    for (const drawn of fc.sample(randomPlan('serving'), { seed: 81, numRuns: 12 })) {
      const setting = studyOf(drawn)
      const end = await runStudy(setting, { workers: 0 })
      if (end.kind === 'failed' || end.outcome.kept.kind !== 'all') throw new Error('nothing kept')
      const space = makeSpace(setting.scenario, setting.axes)
      for (const table of end.outcome.kept.tables) {
        // Some of each: an estimate prepares its layout anew.
        for (let i = 0; i < table.indexes.length; i += 11) {
          expect([...estimatePlan(setting, space.at(table.indexes[i]!)).row]).toEqual([...rowAt(table, i)])
          compared++
        }
      }
    }
    expect(compared).toBeGreaterThan(100)
  })
})

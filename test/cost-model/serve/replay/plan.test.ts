import { describe, expect, it } from 'vitest'
import { evaluate } from '../../../../cost-model/evaluate.ts'
import type { Scenario } from '../../../../cost-model/scenario.ts'
import { replicaOf } from '../../../../cost-model/serve/replay/plan.ts'
import { replay } from '../../../../cost-model/serve/replay/replay.ts'
import { drawRequests } from '../../../../cost-model/serve/replay/requests.ts'
import { summarise } from '../../../../cost-model/serve/replay/summary.ts'
import type { Speculation } from '../../../../spaces/plan.ts'
import { calibration, catalog, layoutOf, roomyPlan } from '../../layouts.ts'
import { fixed } from './fixtures.ts'

const model = catalog.model('llama-3.3-70b-instruct')
const layout = layoutOf({ tp: 4 })

function served(engine: string, batch: number, speculation?: Speculation) {
  const { pool, plan } = roomyPlan(layout, batch, speculation)
  const workload = { ...catalog.workload('1k-1k'), isl: fixed(1000), osl: fixed(200) }
  const scenario: Scenario = { model, pools: [pool], engine: catalog.engine(engine), workload, calibration }
  const evaluation = evaluate(scenario, plan)
  const replica = replicaOf(scenario, plan)
  if (evaluation.kind !== 'ok' || !('kind' in replica)) throw new Error('the plan does not run')
  const requests = drawRequests({ kind: 'drawn', isl: workload.isl, osl: workload.osl }, 40 * batch, 0, 1)
  // Spread over what a request lives, so that the loop does not run in lock-step.
  const arrivals = { kind: 'closed', concurrency: batch, ramp: evaluation.values.e2e_ms } as const
  const replayed = replay({ engine: replica.engine, step: replica.step, requests, arrivals, seed: 1 })
  if (replayed.kind !== 'replayed') throw new Error('a request is too long')
  return { values: evaluation.values, summary: summarise(replayed) }
}

describe('a plan replayed in closed loop', () => {
  it.each([
    ['vllm', 4],
    ['vllm', 32],
    ['generic', 16],
    ['sglang', 16],
    ['trtllm', 16],
  ] as const)('comes to the TPOT and the end-to-end time of its closed form: %s, batch %i', (engine, batch) => {
    const { values, summary } = served(engine, batch)
    expect(Math.abs(summary.tpot.mean / values.tpot_ms - 1)).toBeLessThan(0.05)
    expect(Math.abs(summary.e2e.mean / values.e2e_ms - 1)).toBeLessThan(0.05)
  })

  it('comes to the TPOT of its closed form where it speculates: drafts cost their time in both', () => {
    const { values, summary } = served('vllm', 8, { depth: 3, acceptance: 0.7, draft: 'eagle' })
    expect(Math.abs(summary.tpot.mean / values.tpot_ms - 1)).toBeLessThan(0.05)
    expect(values.tpot_ms).toBeLessThan(served('vllm', 8).values.tpot_ms)
  })
})

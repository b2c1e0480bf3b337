import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnIndex, rowWidth } from '../../../cost-model/column.ts'
import { compileServing, servedFields } from '../../../cost-model/compile/compile-serving.ts'
import { createEvaluator } from '../../../cost-model/evaluate.ts'
import { holds } from '../../laws/law.ts'
import { randomPlan } from '../../laws/random-plan.ts'

const columnsOf = { ttft: 'ttft_ms', tpot: 'tpot_ms', e2e: 'e2e_ms', requestsPerSecond: 'req_s', running: 'running' } as const

describe('compiled serving', () => {
  it('gives what evaluate does within 0.3 %, and nothing where a plan does not fit', () => {
    const points = fc.array(fc.tuple(fc.integer({ min: 1, max: 600 }), fc.constantFrom(256, 1000, 2048, 8192)), {
      minLength: 5,
      maxLength: 5,
    })
    let served = 0
    holds(fc.tuple(randomPlan('serving'), points), { seed: 92, runs: 60 }, ([{ scenario, plan }, drawn]) => {
      const rows = new Float64Array(drawn.length * servedFields.length)
      compileServing(scenario, plan)({ batch: drawn.map(([b]) => b), chunk: drawn.map(([, c]) => c) }, rows)
      const row = new Float64Array(rowWidth)
      const { evaluate } = createEvaluator(scenario)
      for (const [i, [batch, chunk]] of drawn.entries()) {
        const reason = evaluate({ ...plan, batch, chunk }, row, 0)
        for (const [f, field] of servedFields.entries()) {
          const is = rows[i * servedFields.length + f]!
          const was = row[columnIndex(columnsOf[field])]! / (field === 'requestsPerSecond' ? plan.layout.replicas : 1)
          if (reason !== null || Number.isNaN(was)) continue
          served++
          expect(Math.abs(is - was), `${field} ${is} ${was}`).toBeLessThanOrEqual(0.003 * was)
        }
        if (reason !== null) expect(rows[i * servedFields.length]).toBeNaN()
      }
    })
    expect(served).toBeGreaterThan(100)
  })
})

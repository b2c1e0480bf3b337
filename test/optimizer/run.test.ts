import { describe, expect, it } from 'vitest'
import { columnIndex } from '../../cost-model/column.ts'
import { estimatePlan } from '../../optimizer/estimate.ts'
import type { Outcome } from '../../optimizer/outcome.ts'
import { makeResult } from '../../optimizer/result.ts'
import { type RunOptions, rangeLength, runStudy, threadsFor } from '../../optimizer/run.ts'
import type { Setting } from '../../optimizer/setting.ts'
import { rowAt } from '../../optimizer/table.ts'
import { toolVersion } from '../../optimizer/tool.ts'
import { makeSpace } from '../../spaces/space.ts'
import { refusal, resolved } from './written.ts'

async function run(setting: Setting, options: RunOptions = {}): Promise<Outcome> {
  const end = await runStudy(setting, options)
  if (end.kind === 'failed') throw new Error(end.message)
  return end.outcome
}

const written = (setting: Setting, outcome: Outcome) => JSON.stringify(makeResult(setting, outcome, '0.0.0'))
const setting = resolved()
const whole = await run(setting, { workers: 0 })

describe('a run of a study', () => {
  it('writes the same bytes with one or two workers as without', async () => {
    for (const workers of [1, 2]) expect(written(setting, await run(setting, { workers }))).toBe(written(setting, whole))
  })

  it('accounts for every plan and finds a front', () => {
    const rejected = whole.counts.reduce((sum, { plans }) => sum + plans, 0)
    expect(whole.meeting + rejected).toBe(makeSpace(setting.scenario, setting.axes).size)
    expect(whole.front.indexes.length).toBeGreaterThan(1)
  })

  it('meets every SLO on the front', () => {
    for (let i = 0; i < whole.front.indexes.length; i++) {
      const row = rowAt(whole.front, i)
      expect(row[columnIndex('ttft_ms')]).toBeLessThanOrEqual(2)
      expect(row[columnIndex('tpot_ms')]).toBeLessThanOrEqual(0.05)
    }
  })

  it('says which plan comes nearest to an SLO that nobody meets, and by how much it fails', async () => {
    const hard = resolved({ slo: '{ ttft: 2 s, tpot: 1 us }' })
    const outcome = await run(hard)
    expect(outcome).toMatchObject({ meeting: 0, partial: false })
    const { front, nearest } = makeResult(hard, outcome, '0.0.0')
    expect(front).toEqual([])
    expect(nearest!.misses.map(({ reason }) => reason)).toEqual(['slo-tpot'])
    expect(nearest!.misses[0]!.beyondPercent).toBeGreaterThan(1000)
  })

  it('says which memory term binds where a model fits on no plan', async () => {
    const tight = resolved({ model: 'deepseek-v3', fleet: '[{ gpu: h100-sxm, gpus: 2 }]', axes: '{ weights: shipped, batch: [1, 8] }' })
    const outcome = await run(tight)
    const { nearestFit, counts } = makeResult(tight, outcome, '0.0.0')
    expect(counts).toMatchObject({ evaluated: 0, meeting: 0 })
    expect(nearestFit).toMatchObject({ reason: 'memory-weights', message: expect.stringMatching(/^weights need \d/) })
    expect(counts.byReason.map(({ reason }) => reason)).toContain('memory-weights')
  })
})

describe('an estimate of one plan', () => {
  const space = makeSpace(setting.scenario, setting.axes)

  it('has the values that the run found', () => {
    const [index] = whole.front.indexes
    const estimate = estimatePlan(setting, space.at(index!))
    expect(estimate.row).toEqual(rowAt(whole.front, 0).slice())
    expect(estimate).toMatchObject({ rejected: null, misses: [] })
  })

  it('names every SLO that the plan misses', () => {
    const [index] = whole.front.indexes
    const { misses, rejected, row } = estimatePlan(resolved({ slo: '{ ttft: 1 us, tpot: 1 us }' }), space.at(index!))
    expect(rejected).toBeNull()
    expect(row[columnIndex('status')]).toBe(1)
    expect(misses.map(({ code }) => code)).toEqual(['slo-ttft', 'slo-tpot'])
  })

  it('names the rule that the plan breaks, without values', () => {
    const plan = space.at(whole.front.indexes[0]!)
    const { rejected, row } = estimatePlan(setting, { ...plan, batch: 1_000_000 })
    expect(rejected?.code).toBe('batch-fits-seats')
    expect(row.every(Number.isNaN)).toBe(true)
  })

  it('names the memory term that does not fit, with the memory', () => {
    const plan = space.at(whole.front.indexes[0]!)
    const small = resolved({ fleet: '[{ node: dgx-h100, nodes: 1, memory: 4 GiB }]' })
    const { rejected, row } = estimatePlan(small, plan)
    expect(rejected?.code).toMatch(/^memory-/)
    expect(row[columnIndex('headroom_gib')]).toBeLessThan(0)
    expect(row[columnIndex('ttft_ms')]).toBeNaN()
  })

  it('refuses a plan of another fleet', () => {
    const plan = { ...space.at(0), pool: 'h100-smx' }
    expect(refusal(() => estimatePlan(setting, plan))).toBe('plan: unknown pool "h100-smx" (did you mean "h100-sxm"?)')
  })
})

describe('the number of threads', () => {
  it('is what was asked for, within reason', () => {
    expect([0, 1, 8, 9, 1000].map((asked) => threadsFor(1e9, asked, 2))).toEqual([0, 1, 8, 8, 8])
    expect(threadsFor(1e9, 100, 64)).toBe(100)
  })

  it('is otherwise what pays: none for a small space, all of the machine for a large one', () => {
    expect([100, 19_999, 20_000, 70_000, 1e9].map((size) => threadsFor(size, undefined, 16))).toEqual([0, 0, 2, 7, 16])
    expect(threadsFor(1e9, undefined, 1)).toBe(0)
  })
})

describe('the length of a range', () => {
  it('gives every thread several ranges and none too many plans', () => {
    expect(rangeLength(1_000, 0)).toBe(1024)
    expect(rangeLength(1_000, 8)).toBe(512)
    expect(rangeLength(100_000, 2)).toBe(6250)
    expect(rangeLength(1e12, 8)).toBe(32_768)
  })
})

describe('the version of the tool', () => {
  it('is that of its package', () => {
    expect(toolVersion()).toMatch(/^\d+\.\d+\.\d+/)
  })
})

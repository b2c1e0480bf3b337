import { describe, expect, it } from 'vitest'
import { suiteOf, suites } from '../../../optimizer/validate/index.ts'
import { type Check, checkMetrics, holds, relativeError } from '../../../optimizer/validate/suite.ts'

const base = { id: 'X-1', group: 'g', what: 'w', unit: '' }
const check = (expected: Partial<Check['expected']>, ours: Check['ours']): Check => ({
  ...base,
  expected: { tolerance: 0, ...expected },
  ours,
})

describe('a check', () => {
  it('holds where ours is the value, or within its tolerance', () => {
    expect([holds(check({ value: 100 }, 100)), holds(check({ value: 100 }, 101))]).toEqual([true, false])
    expect([holds(check({ value: 100, tolerance: 0.01 }, 100.5)), holds(check({ value: 100, tolerance: 0.01 }, 98))]).toEqual([true, false])
    expect(relativeError(check({ value: 100 }, 98))).toBeCloseTo(-0.02, 12)
    expect([holds(check({ value: 0 }, 0)), holds(check({ value: 0 }, 1e-9))]).toEqual([true, false])
  })

  it('holds for equal words and within bounds, never for NaN', () => {
    expect([holds(check({ value: 'memory' }, 'memory')), holds(check({ value: 'memory' }, 'compute'))]).toEqual([true, false])
    expect([0.9, 1, 2, 2.1].map((ours) => holds(check({ least: 1, most: 2 }, ours)))).toEqual([false, true, true, false])
    expect([check({ value: 1 }, Number.NaN), check({ least: 1 }, Number.NaN), check({ most: 1 }, Number.NaN)].map(holds)).toEqual([
      false,
      false,
      false,
    ])
    expect(holds(check({ value: 1 }, 'one'))).toBe(false)
  })

  it('counts by group: out of tolerance, and the largest error of those that have one', () => {
    expect(checkMetrics([check({ value: 100, tolerance: 0.05 }, 104), check({ value: 100 }, 90), check({ most: 1 }, 0)])).toEqual([
      { group: 'g', metric: 'out_of_tolerance', value: 1, n: 3 },
      { group: 'g', metric: 'max_relative_error', value: expect.closeTo(0.1, 12), n: 2 },
    ])
  })
})

describe('the seeds suite', async () => {
  const { checks, sideBySide, metrics, skipped } = await suiteOf('seeds').run({})

  it('is within tolerance in every row', () => {
    expect(checks.filter((one) => !holds(one)).map(({ id, what, ours }) => `${id} ${what}: ${ours}`)).toEqual([])
    expect(suites.map(({ name }) => name)).toContain('seeds')
  })

  it('has a row for every requirement that it can compute', () => {
    const ids = new Set(checks.map(({ id }) => id))
    const all = [
      ['KV', 9],
      ['MEM', 11],
      ['PERF', 10],
      ['SHALLOW', 6],
      ['HW', 2],
    ] as const
    for (const [theme, count] of all) for (let i = 1; i <= count; i++) expect(ids).toContain(`R-${theme}-${i}`)
    for (let i = 2; i <= 10; i++) expect(ids).toContain(`R-DAG-${i}`)
  })

  it('says of every wrong statement what is right', () => {
    const wrong = new Set(checks.filter((one) => one.wrong !== undefined).map(({ id }) => id))
    const named = [
      'KV-1',
      'KV-2',
      'KV-3',
      'KV-4',
      'KV-6',
      'KV-7',
      'KV-8',
      'MEM-1',
      'MEM-3',
      'MEM-9',
      'PERF-3',
      'PERF-4',
      'PERF-6',
      'PERF-7',
      'PERF-8',
    ]
    const others = ['DAG-2', 'DAG-5', 'DAG-9', 'DAG-10', 'SHALLOW-4', 'SHALLOW-5', 'SHALLOW-6', 'HW-1', 'HW-2']
    for (const id of [...named, ...others]) expect(wrong).toContain(`R-${id}`)
  })

  it('shows DeepSeek-V3 on five GPUs side by side, empty where nothing was published', () => {
    const table = sideBySide.find(({ title }) => title.startsWith('DeepSeek-V3'))!
    expect(new Set(table.rows.flatMap(([gpu]) => (gpu === null ? [] : [gpu])))).toEqual(new Set(['H800', 'H200', 'B200', 'GB200', 'GB300']))
    expect(table.rows.find(([gpu, phase]) => gpu === 'B200' && phase === 'decode')!.slice(4)).toEqual([null, null])
    expect(table.rows.find(([gpu, phase]) => gpu === 'H800' && phase === 'decode')!.slice(4)).toEqual([1850, 'DeepSeek'])
    expect(skipped.map(({ row_id }) => row_id)).toContain('deepseek-v3/B200/decode')
    expect(metrics.filter(({ group }) => group === 'deepseek-v3/H800/prefill').length).toBe(4)
  })
})

describe('the TGI suite', async () => {
  const { checks, sideBySide, metrics, skipped } = await suiteOf('tgi').run({})

  it('is within tolerance in every row', () => {
    expect(checks.filter((one) => !holds(one)).map(({ id, what, ours }) => `${id} ${what}: ${ours}`)).toEqual([])
    expect(new Set(checks.map(({ id }) => id))).toEqual(new Set(['R-MEM-9', 'R-MEM-10', 'R-TGI-1', 'R-TGI-2', 'R-TGI-3', 'R-PERF-8']))
  })

  it('shows every GPU, width and step, and an all-reduce share for machines', () => {
    const [shares, , batches] = sideBySide
    expect([shares!.rows.length, batches!.rows.length]).toEqual([27, 9])
    for (const row of shares!.rows) expect(row.slice(5).reduce((sum: number, share) => sum + Number(share), 0)).toBeCloseTo(100, 0)
    expect(metrics.filter(({ metric }) => metric === 'all_reduce_share').length).toBe(27)
    expect(skipped.map(({ row_id }) => row_id)).toEqual(['R-TGI-3/latencies'])
  })

  it('gives each statement of the seed a verdict, and says why where it does not hold', () => {
    const { rows, notes } = sideBySide[1]!
    expect(new Set(rows.map((row) => String(row[4]).replace(/\d+ of \d+/, 'n of m')))).toEqual(
      new Set(['holds', 'holds in n of m', 'does not hold']),
    )
    const explained = notes.map((note) => Number(/^(\d+): \w/.exec(note)?.[1]))
    for (const [number, , , , verdict] of rows) if (verdict !== 'holds') expect(explained).toContain(number)
    // The seed asks why self-attention has more of decode than of prefill.
    expect(notes.filter((note) => note.includes('KV cache of every request'))).toHaveLength(1)
  })
})

import { describe, expect, it } from 'vitest'
import { columnIndex, rowWidth } from '../../cost-model/column.ts'
import { paretoFront } from '../../optimizer/pareto.ts'
import { flag, makeFlags, nearer, searchRange } from '../../optimizer/search-range.ts'
import { rowAt, statusNumber } from '../../optimizer/table.ts'
import { fakeSearch } from './fake-search.ts'

const size = 5000
const search = fakeSearch(size)
const whole = searchRange(search, { from: 0, to: size }, makeFlags())
const value = (row: Float64Array, name: 'ttft_ms' | 'tpot_ms' | 'out_tok_s_per_gpu' | 'status') => row[columnIndex(name)]!
const allRows = Array.from(whole.kept!.indexes, (index, i) => ({ index, row: rowAt(whole.kept!, i) }))
const keptRows = allRows.filter(({ row }) => value(row, 'status') !== statusNumber('out-of-memory'))

describe('the search of a range', () => {
  it('decides every plan: each is on the table or counted under one reason', () => {
    const rejected = whole.counts.reduce((sum, count) => sum + count.plans, 0)
    expect(whole.meeting + rejected).toBe(size)
    expect(whole.evaluated).toBe(keptRows.length)
    expect(whole.counts.map((c) => c.reason).sort()).toEqual(['fake-rule', 'memory-kv', 'slo-tpot', 'slo-ttft'])
  })

  it('counts skipped ranges whole, and quotes the first plan of each reason', () => {
    const count = (reason: string) => whole.counts.find((c) => c.reason === reason)
    expect(count('fake-rule')).toEqual({ reason: 'fake-rule', plans: 1000, index: 400, example: 'block 4 is illegal' })
    expect(count('memory-kv')).toMatchObject({ index: 12, example: 'batch 13 does not fit' })
  })

  it('marks plans that miss a limit and keeps them on the table', () => {
    for (const { row } of keptRows) expect(value(row, 'status')).toBe(value(row, 'ttft_ms') <= 1 && value(row, 'tpot_ms') <= 0.03 ? 0 : 1)
    expect(whole.meeting).toBe(keptRows.filter(({ row }) => value(row, 'status') === 0).length)
  })

  it('keeps plans that do not fit in memory on the table too', () => {
    const unfit = whole.counts.find((c) => c.reason === 'memory-kv')?.plans
    expect(allRows.length - keptRows.length).toBe(unfit)
  })

  it('finds the front of the plans that meet every limit', () => {
    const meeting = keptRows.filter(({ row }) => value(row, 'status') === 0)
    const costs = Float64Array.from(meeting.flatMap(({ row }) => [value(row, 'tpot_ms'), -value(row, 'out_tok_s_per_gpu')]))
    expect([...whole.front.indexes]).toEqual(paretoFront(costs, 2).map((i) => meeting[i]!.index))
    expect(whole.front.indexes.length).toBeGreaterThan(5)
  })

  it('remembers the plan that misses by least', () => {
    const misses = keptRows.map(({ index, row }) => ({
      index,
      by: Math.max(value(row, 'ttft_ms') / 1 - 1, value(row, 'tpot_ms') / 0.03 - 1),
    }))
    const least = misses.filter(({ by }) => by > 0).reduce((a, b) => (b.by < a.by ? b : a))
    expect(whole.nearest?.index).toBe(least.index)
    expect(whole.nearest?.short).toBeCloseTo(least.by, 12)
    expect(whole.nearest?.row).toHaveLength(rowWidth)
    expect(whole.nearest?.reason.code).toMatch(/^slo-/)
  })

  it('remembers the plan that lacks the fewest bytes', () => {
    expect(whole.nearestFit).toMatchObject({ index: 1117, short: 1, reason: { code: 'memory-kv', message: 'batch 1118 does not fit' } })
  })

  it('stops after some plans once told to, and says how far it came', () => {
    const flags = makeFlags()
    const tripwire = {
      ...search,
      evaluate: (...args: Parameters<typeof search.evaluate>) => {
        Atomics.store(flags, flag.stop, 1)
        return search.evaluate(...args)
      },
    }
    const cut = searchRange(tripwire, { from: 10, to: size }, flags)
    expect(cut).toMatchObject({ from: 10, to: 1034 })
    expect(cut.meeting + cut.counts.reduce((sum, count) => sum + count.plans, 0)).toBe(1024)
  })

  it('keeps only the front where plans are too many, and still says what they would take', () => {
    const flags = makeFlags()
    Atomics.store(flags, flag.frontOnly, 1)
    const lean = searchRange(search, { from: 0, to: size }, flags)
    expect(lean.kept).toBeNull()
    expect(lean).toEqual({ ...whole, kept: null })
    expect(lean.bytes).toBe(allRows.length * (rowWidth + 1) * 8)
  })
})

describe('the nearer of two plans', () => {
  const row = new Float64Array(0)
  const reason = { code: 'slo-tpot', message: 'misses', numbers: {} }
  const plan = (index: number, short: number) => ({ index, short, row, reason })

  it('misses by less; of two that miss by as much it comes first', () => {
    expect(nearer(plan(1, 0.2), plan(2, 0.1))?.index).toBe(2)
    expect(nearer(plan(2, 0.1), plan(1, 0.2))?.index).toBe(2)
    expect(nearer(plan(2, 0.1), plan(1, 0.1))?.index).toBe(1)
    expect(nearer(plan(1, Infinity), plan(2, Infinity))?.index).toBe(1)
    expect(nearer(null, plan(3, 1))?.index).toBe(3)
    expect(nearer(null, null)).toBeNull()
  })
})

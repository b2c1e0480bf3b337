import { describe, expect, it } from 'vitest'
import { thinRows } from '../../reports/plan-rows.ts'
import { sampleRow } from './sample.ts'

describe('thinRows', () => {
  const rows = Array.from({ length: 100 }, (_, i) => sampleRow(1000 + i, 8, i + 1))

  it('keeps all rows where they are few enough', () => {
    expect(thinRows(rows, new Set(), 100)).toEqual({ every: 1, rows })
    expect(thinRows([], new Set(), 100)).toEqual({ every: 1, rows: [] })
  })

  it('keeps one row in so many, in order, and every one that must not be missing', () => {
    const thin = thinRows(rows, new Set([1001, 1050, 1099]), 30)
    expect(thin.every).toBe(4)
    expect(thin.rows.map((r) => r.index)).toEqual(expect.arrayContaining([1000, 1001, 1004, 1050, 1096, 1099]))
    expect(thin.rows).toHaveLength(25 + 3)
    expect(thin.rows.map((r) => r.index)).toEqual(thin.rows.map((r) => r.index).toSorted((a, b) => a - b))
  })
})

import { describe, expect, it } from 'vitest'
import { columnIndex } from '../../../cost-model/column.ts'
import { frontOf } from '../../../optimizer/archive.ts'
import { firstMiss } from '../../../optimizer/limit.ts'
import type { ReplayedRow } from '../../../optimizer/refine/replay-row.ts'
import { rerank } from '../../../optimizer/refine/rerank.ts'
import { survivorsOf } from '../../../optimizer/refine/survivors.ts'
import { okStatus, pick, rowAt, statusAt, statusNumber, type Table, tableSize, union } from '../../../optimizer/table.ts'
import { fakeReplay, fakeSwept, limits, objectives, size } from './fake-swept.ts'

const judged = { objectives, limits }
const swept = fakeSwept()
const tasks = survivorsOf(swept.near, swept.front, judged, [])
const found = new Map<number, ReplayedRow>(tasks.map((task) => [task.index, fakeReplay(task)]))
const outcome = rerank(swept, tasks, found, judged)
const rowsOf = (table: Table) => new Map(Array.from(table.indexes, (index, i) => [index, rowAt(table, i)]))
const kept = outcome.kept.kind === 'all' ? outcome.kept.tables : []
const keptRows = new Map(kept.flatMap((table) => [...rowsOf(table)]))

describe('an outcome after replays', () => {
  it('has the replayed values wherever a plan is listed, and the closed form of the others', () => {
    const { replayed } = outcome.refined!
    expect(tableSize(replayed)).toBeGreaterThan(20)
    for (const [index, row] of rowsOf(replayed)) expect(keptRows.get(index)).toEqual(row)
    const closed = new Map((swept.kept.kind === 'all' ? swept.kept.tables : []).flatMap((table) => [...rowsOf(table)]))
    for (const [index, row] of closed) if (found.get(index)?.kind !== 'replayed') expect(keptRows.get(index)).toEqual(row)
  })

  it('has the front of what was replayed and of what cannot be', () => {
    const { replayed } = outcome.refined!
    const chosen = new Set(tasks.map(({ index }) => index))
    const positions = [...swept.near.indexes.keys()].filter((i) => chosen.has(swept.near.indexes[i]!))
    const contenders = union(replayed, pick(swept.near, positions))
    expect(outcome.front).toEqual(frontOf(contenders, objectives))
    expect(outcome.front.indexes).not.toEqual(swept.front.indexes)
    for (const row of rowsOf(outcome.front).values()) expect(firstMiss(limits, row, 0)).toBeUndefined()
  })

  it('counts every plan once, by what is known of it last', () => {
    expect(outcome.meeting + outcome.counts.reduce((sum, { plans }) => sum + plans, 0)).toBe(size)
    expect(outcome.meeting).toBe([...keptRows.values()].filter((row) => row[statusAt] === okStatus).length)
    expect(outcome.meeting).not.toBe(swept.meeting)
    for (const { reason, plans, index } of outcome.counts.filter((count) => count.reason.startsWith('slo-'))) {
      const missing = [...keptRows].filter(
        ([, row]) => row[statusAt] !== statusNumber('out-of-memory') && firstMiss(limits, row, 0)?.code === reason,
      )
      expect([reason, plans]).toEqual([reason, missing.length])
      expect(index).toBeLessThanOrEqual(Math.min(...missing.map(([i]) => i)))
    }
  })

  it('leaves the sweep as it was', () => {
    expect(swept).toEqual(fakeSwept())
  })

  it('finds the same without the plans that were kept', () => {
    const lean = fakeSwept(0)
    expect(lean.kept.kind).toBe('front-only')
    expect({ ...rerank(lean, tasks, found, judged), kept: outcome.kept }).toEqual(outcome)
  })

  it('knows the plan that misses by least where none meets every limit', () => {
    const slow = (task: (typeof tasks)[number]): ReplayedRow => {
      const row = task.row.slice()
      row[columnIndex('tpot_ms')] = 0.04 + task.index / 1e6
      row[statusAt] = statusNumber('misses-slo')
      return { kind: 'replayed', row }
    }
    const none = rerank(swept, tasks, new Map(tasks.map((task) => [task.index, slow(task)])), judged)
    expect(tableSize(none.front)).toBe(0)
    const least = Math.min(...tasks.map(({ index }) => index))
    const beside = swept.nearest!.index
    expect(none.nearest!.index).toBe(tasks.some(({ index }) => index === beside) ? least : beside)
  })

  it('says of an example that the replay refuted that it is of the closed form', () => {
    const near = tasks.find(({ row }) => firstMiss(limits, row, 0) !== undefined)!
    const counts = [{ reason: firstMiss(limits, near.row, 0)!.code, plans: 2, index: near.index, example: 'tpot_ms 31 misses' }]
    const row = near.row.slice()
    row[columnIndex('ttft_ms')] = 0.1
    row[columnIndex('tpot_ms')] = 0.01
    row[statusAt] = okStatus
    const after = rerank({ ...swept, counts }, [near], new Map([[near.index, { kind: 'replayed', row }]]), judged)
    expect(after.counts).toEqual([{ ...counts[0], plans: 1, example: 'tpot_ms 31 misses by its closed form, not by its replay' }])
    expect(after.meeting).toBe(swept.meeting + 1)
  })
})

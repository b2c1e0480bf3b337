import { describe, expect, it } from 'vitest'
import { at } from '../../../cost-model/column.ts'
import { frontOf } from '../../../optimizer/archive.ts'
import { objectivesOf } from '../../../optimizer/objective.ts'
import { type ReplayTask, replayerOf } from '../../../optimizer/refine/replay-row.ts'
import { makeResult } from '../../../optimizer/result.ts'
import { resultSchema } from '../../../optimizer/result-schema.ts'
import { type RunOptions, runStudy } from '../../../optimizer/run.ts'
import { rowAt, type Table } from '../../../optimizer/table.ts'
import { hasTimes, planRows } from '../../../reports/plan-rows.ts'
import { makeSpace } from '../../../spaces/space.ts'
import { resolved } from '../written.ts'

// The model and the engine of the built-in study, on one node.
const setting = resolved(
  { axes: '{ weights: fp8, kv: fp8, pp: 1, sp: 1, attentionDp: 1, dcp: 1, batch: [1, 4, 8, 16, 32, 64], chunk: [1024, 4096] }' },
  { fidelity: 'replay' },
)
const space = makeSpace(setting.scenario, setting.axes)

async function run(options: RunOptions = {}) {
  const end = await runStudy(setting, options)
  if (end.kind === 'failed') throw new Error(end.message)
  return end.outcome
}

const outcome = await run({ workers: 0 })
const written = (of: typeof outcome) => JSON.stringify([makeResult(setting, of, '0'), [...of.front.rows].map(String)])

describe('a run with replays', () => {
  it('writes the same bytes with one or two workers as without', async () => {
    for (const workers of [1, 2]) expect(written(await run({ workers }))).toBe(written(outcome))
  })

  it('has nothing but replayed plans on its front', () => {
    expect(outcome.front.indexes.length).toBeGreaterThan(3)
    for (let i = 0; i < outcome.front.indexes.length; i++) expect(rowAt(outcome.front, i)[at.fidelity]).toBe(1)
  })

  it('has the front that replaying every plan gives: none of it was missed', () => {
    const tables = outcome.kept.kind === 'all' ? outcome.kept.tables : []
    const known = new Map(
      Array.from(outcome.refined!.replayed.indexes, (index, i) => [index, rowAt(outcome.refined!.replayed, i)] as const),
    )
    const replayer = replayerOf(setting)
    const rowOf = (task: ReplayTask) => {
      const answer = replayer(task)
      return answer.kind === 'replayed' ? answer.row : task.row
    }
    const rows = tables.flatMap((table) => [...planRows(table, space, setting)]).filter(hasTimes)
    const all = rows.map(({ index, values }) => known.get(index) ?? rowOf({ index, row: Float64Array.from(values) }))
    const whole: Table = { indexes: Float64Array.from(rows, ({ index }) => index), rows: Float64Array.from(all.flatMap((row) => [...row])) }
    expect(rows.length).toBeGreaterThan(outcome.refined!.chosen)
    expect([...frontOf(whole, objectivesOf(setting.objectives)).indexes]).toEqual([...outcome.front.indexes])
  })

  it('says in its result what was replayed, how far off the closed form was and what that changed', () => {
    const { replay, study, front } = resultSchema.parse(JSON.parse(JSON.stringify(makeResult(setting, outcome, '0'))))
    expect(replay).toMatchObject({ epsilonPercent: 5, unreached: 0, refused: [] })
    expect(replay!.replayed).toBe(replay!.chosen)
    expect(replay!.gaps.map(({ column }) => column)).toEqual(['tpot_ms', 'out_tok_s_per_gpu', 'ttft_ms'])
    for (const { medianSizePercent, p90SizePercent, most } of replay!.gaps) {
      expect(medianSizePercent).toBeLessThanOrEqual(p90SizePercent)
      expect(p90SizePercent).toBeLessThanOrEqual(Math.abs(most.percent))
    }
    const was = outcome.refined!.closedFront.indexes.length
    expect(was + replay!.entered.length - replay!.left.length).toBe(front.length)
    expect(study.fidelity).toBe('replay')
  })

  it('ends with the closed form, marked partial, where it is interrupted before the first replay', async () => {
    const abort = new AbortController()
    const onProgress = (done: number, total: number) => done === total && abort.abort()
    const cut = await run({ workers: 0, signal: abort.signal, onProgress })
    expect(cut).toMatchObject({ partial: true, decided: space.size })
    expect(cut.front).toEqual(cut.refined!.closedFront)
    for (let i = 0; i < cut.front.indexes.length; i++) expect(rowAt(cut.front, i)[at.fidelity]).toBe(0)
  })
})

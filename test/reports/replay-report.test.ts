import { describe, expect, it } from 'vitest'
import { columnIndex } from '../../cost-model/column.ts'
import type { Result } from '../../optimizer/result-schema.ts'
import { hoverText } from '../../reports/browser/hover.ts'
import { unpack } from '../../reports/browser/unpack.ts'
import { reportPage } from '../../reports/page.ts'
import { pageData } from '../../reports/page-table.ts'
import { replayNotes, replayReport } from '../../reports/replay-report.ts'
import { sampleReport } from './sample.ts'

const named = (index: number) => ({ plan: `plan ${index}`, index })
const replay: NonNullable<Result['replay']> = {
  ...{ epsilonPercent: 5, chosen: 1234, replayed: 1200, unreached: 30 },
  refused: [{ reason: 'speculation', plans: 4, example: 'a plan that speculates is not replayed yet', ...named(9) }],
  gaps: [
    {
      column: 'ttft_ms',
      plans: 1200,
      medianPercent: 3.25,
      medianSizePercent: 4,
      p90SizePercent: 11.11,
      most: { percent: -40, ...named(7) },
    },
  ],
  entered: [named(1)],
  left: [
    { ...named(2), reason: 'beaten', byPercent: 0.31 },
    { ...named(3), reason: 'slo-ttft', byPercent: 8 },
    { ...named(4), reason: 'beaten', byPercent: 0.02 },
  ],
  closedRecommended: [{ goal: 'lowest tpot_ms', ...named(2) }],
  recommendationChanged: true,
}
const result = { replay, front: [1, 5], recommended: [{ goal: 'lowest tpot_ms', ...named(1) }] } as unknown as Result

describe('a report of replays', () => {
  it('says what was replayed, what became of the front, and what the closed form would have recommended', () => {
    expect(replayReport(result)!.sentences).toEqual([
      '1,200 of 1,234 plans were replayed step by step: the front of the closed form, and plans within 5 % of it or of a limit.',
      'The front has 2 plans: 1 entered, 3 left (2 beaten, by 0.31 % at most; 1 slo-ttft, by 8 % at most).',
      'The recommendation changed. The closed form recommends, for the lowest tpot_ms: plan 2.',
    ])
    expect(replayReport(result)!.gaps).toEqual([['ttft_ms', '1,200', '+3.25 %', '4 %', '11.1 %', '-40 %']])
  })

  it('notes what was not replayed and why', () => {
    expect(replayNotes(result)).toEqual([
      'Partial: 1,200 of 1,234 plans were replayed before the run was ended or its budget spent; the others stand as the closed form has them.',
      '4 plans near the front stand as the closed form has them: speculation: a plan that speculates is not replayed yet.',
    ])
  })

  it('is silent where nothing was to be replayed', () => {
    const none = { ...result, replay: null }
    expect([replayReport(none), replayNotes(none)]).toEqual([undefined, []])
  })
})

describe('a page of replays', async () => {
  const report = { ...sampleReport(), replay: replayReport(result) }
  const row = report.front[0]!
  const values = report.rows[row]!.values as Float64Array
  values[columnIndex('ttft_gap_percent')] = 0.0325
  values[columnIndex('fidelity')] = 1
  const [page, data] = [await reportPage(report, { plotly: '', client: '' }), await pageData(report)]

  it('has a table of closed form against replay, and the gaps of the plans of the front', () => {
    expect(page).toMatch(/<section id="replayed">.*Closed form against replay.*<td>ttft_ms<\/td><td>1,200<\/td><td>\+3\.25 %<\/td>/s)
    expect(page).toMatch(/>fidelity<\/th>.*>ttft_gap_percent<\/th>.*<td>replay<\/td><td>3\.25<\/td>/s)
  })

  it('shows the gap of a replayed plan on hover, and none of another', async () => {
    const table = await unpack(data)
    expect(hoverText(data, table, row)).toContain('ttft_gap_percent <b>3.25</b>')
    expect(hoverText(data, table, row + 1)).not.toContain('gap_percent')
  })
})

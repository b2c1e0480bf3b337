import type { Outcome } from '../optimizer/outcome.ts'
import type { PlanSpace } from '../optimizer/plan-space.ts'
import type { Result } from '../optimizer/result-schema.ts'
import type { Setting } from '../optimizer/setting.ts'
import type { Table } from '../optimizer/table.ts'
import type { PageAssets } from './assets.ts'
import { type PlanRow, planCsv } from './csv.ts'
import { reportPage } from './page.ts'
import { planRows } from './plan-rows.ts'
import type { Report } from './report.ts'
import type { OutputFile } from './write.ts'

/** The files of a run: the front and every kept plan as CSV, the result as JSON, the report as a page. */
export async function runFiles(
  setting: Setting,
  space: PlanSpace,
  outcome: Outcome,
  result: Result,
  report: Report,
  assets: PageAssets,
): Promise<readonly OutputFile[]> {
  const { front, kept } = outcome
  const page = await reportPage(report, assets)
  return [
    { name: 'front.csv', chunks: planCsv(planRows(front, space, setting)) },
    ...(kept.kind === 'all' ? [{ name: 'plans.csv', chunks: planCsv(rowsOf(kept.tables, space, setting)) }] : []),
    { name: 'result.json', chunks: [`${JSON.stringify(result, null, 2)}\n`] },
    { name: 'report.html', chunks: [page] },
  ]
}

function* rowsOf(tables: readonly Table[], space: PlanSpace, setting: Setting): Generator<PlanRow> {
  for (const table of tables) yield* planRows(table, space, setting)
}

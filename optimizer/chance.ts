import { at, columns } from '../cost-model/column.ts'
import { drawErrors, type PlanErrors } from './errors.ts'
import { missOf } from './limit.ts'
import { costsOf, objectivesOf } from './objective.ts'
import type { Outcome } from './outcome.ts'
import { paretoFront } from './pareto.ts'
import type { PlanSpace } from './plan-space.ts'
import { distance, nearOf } from './refine/near.ts'
import { replaceRows } from './refine/rerank.ts'
import type { Setting } from './setting.ts'
import { okStatus, pick, rowAt, statusAt, statusNumber, type Table, tableSize, union } from './table.ts'

/** Draws of all errors: a chance is good to 3 %. */
const draws = 256

/** Plans that take part at most: the front, then those nearest to it. */
const most = 1000

/**
 * An outcome whose plans on the front and near it say how likely they are to be on the front and to meet every limit:
 * shares of draws of the errors, of which plans of one pool have a part in common. The limits are those of the study even where it wants them met at the
 * pessimistic end of the bands. Where the front alone was kept, what might take its place is not known, nor how likely.
 */
export function withChances(setting: Setting, space: PlanSpace, outcome: Outcome): Outcome {
  if (tableSize(outcome.front) === 0) return outcome
  const found = chancesOf(setting, space, candidatesOf(setting, outcome), outcome.kept.kind === 'all')
  const { kept } = outcome
  return {
    ...outcome,
    front: replaceRows(outcome.front, found),
    kept: kept.kind === 'all' ? { ...kept, tables: kept.tables.map((table) => replaceRows(table, found)) } : kept,
  }
}

function candidatesOf({ objectives, limits }: Setting, { front, kept }: Outcome): Table {
  const judged = { objectives: objectivesOf(objectives), limits }
  const tables = kept.kind === 'all' ? kept.tables.map((table) => nearOf(table, front, judged)) : []
  const all = tables.reduce((a, b) => union(a, b), front)
  if (tableSize(all) <= most) return all
  const own = new Set(front.indexes)
  const far = Array.from(all.indexes, (index, i) => (own.has(index) ? -1 : distance(rowAt(all, i), front, judged)))
  const nearest = Array.from(far.keys()).toSorted((a, b) => far[a]! - far[b]! || a - b)
  return pick(
    all,
    nearest.slice(0, most).toSorted((a, b) => a - b),
  )
}

/** Rows by index, with their chances; that of being on the front only where `rivals` are known. */
function chancesOf(setting: Setting, space: PlanSpace, table: Table, rivals: boolean): ReadonlyMap<number, Float64Array> {
  const objectives = objectivesOf(setting.objectives)
  const limits = setting.limits.map((limit) => ({ ...limit, pessimistic: undefined }))
  const errors = drawErrors(setting.scenario, table, (index) => space.at(index), draws)
  const size = tableSize(table)
  const [met, best] = [new Float64Array(size), new Float64Array(size)]
  const drawn = { indexes: table.indexes, rows: table.rows.slice() }
  const [ok, missed] = [okStatus, statusNumber('misses-slo')]
  for (let draw = 0; draw < draws; draw++) {
    for (let i = 0; i < size; i++) {
      const row = rowAt(drawn, i)
      writeDrawn(row, rowAt(table, i), errors(i, draw), setting.scenario.arrivals === undefined)
      const meets = limits.every((limit) => missOf(limit, row) === 0)
      row[statusAt] = meets ? ok : missed
      if (meets) met[i]!++
    }
    if (rivals) for (const i of paretoFront(costsOf(objectives, drawn), objectives.length)) best[i]!++
  }
  return new Map(
    Array.from(table.indexes, (index, i) => {
      const row = rowAt(table, i).slice()
      row[at.p_front] = rivals ? best[i]! / draws : Number.NaN
      row[at.p_slo] = met[i]! / draws
      return [index, row] as const
    }),
  )
}

/** What a column grows with: TTFT, TPOT, E2E, or how much is served and what that costs per token. */
const growth = columns.map(({ name }) => {
  if (/^ttft_ms/.test(name)) return 'ttft'
  if (/^(tpot|itl)_ms/.test(name)) return 'tpot'
  if (/^e2e_ms/.test(name)) return 'e2e'
  if (name === 'class_slo_use') return 'worst'
  if (name === 'tok_s_per_user') return 'perUser'
  if (/^(out_tok_s|total_tok_s|req_s|goodput_req_s|slo_capacity_req_s)/.test(name)) return 'rate'
  return /^(usd_per_mtok|j_per_tok)/.test(name) ? 'perToken' : undefined
})
const moving = [...growth.keys()].filter((i) => growth[i] !== undefined)

/**
 * The row if TTFT and TPOT were off by these factors. In a closed loop fewer requests are served as each takes longer (Little); what arrives is served
 * whatever it takes.
 */
function writeDrawn(row: Float64Array, said: Float64Array, { ttft, tpot }: PlanErrors, closed: boolean): void {
  const [first, whole] = [said[at.ttft_ms]!, said[at.e2e_ms]!]
  const e2e = (first * ttft + (whole - first) * tpot) / whole
  const factors = {
    ttft,
    tpot,
    e2e,
    worst: Math.max(ttft, tpot),
    perUser: 1 / tpot,
    rate: closed ? 1 / e2e : 1,
    perToken: closed ? e2e : 1,
  }
  for (const i of moving) row[i] = said[i]! * factors[growth[i]!]
}

import { type Column, columns } from '../cost-model/column.ts'
import type { Plan } from '../spaces/plan.ts'
import { planKey } from '../spaces/plan-key.ts'
import { hoverColumns, type PageData } from './browser/page-data.ts'
import { bytePlanes, packBytes, roundForPage } from './page-pack.ts'
import { layoutName } from './plan-fields.ts'
import type { Report } from './report.ts'

/** Values that a page may carry beyond the columns it cannot do without: keeps 100,000 plans below 9 MB. */
const mostValues = 1_000_000

/** Columns a page carries for axes and hover: those it needs, then others while there is room; words for hover alone, and never an empty column. */
function carriedColumns({ rows, objectives, limits }: Report): readonly number[] {
  const needed = new Set<string>([...hoverColumns, ...objectives, ...limits.map((l) => l.column)])
  const drawable = columns.flatMap((c, i) => {
    const words = 'labels' in c && !hoverColumns.includes(c.name)
    return words || rows.every((r) => Number.isNaN(r.values[i])) ? [] : [i]
  })
  const room = Math.floor(mostValues / Math.max(1, rows.length))
  const ranked = drawable.toSorted((a, b) => Number(needed.has(columns[b].name)) - Number(needed.has(columns[a].name)) || a - b)
  return ranked.filter((column, rank) => rank < room || needed.has(columns[column].name)).sort((a, b) => a - b)
}

/** The plans of a report as the page's script reads them. */
export async function pageData(report: Report): Promise<PageData> {
  const n = report.rows.length
  const carried = carriedColumns(report)
  const ids = planIds(report)
  const packed = new ArrayBuffer(4 * n * (carried.length + ids.arrays.length))
  carried.forEach((column, i) => {
    const values = new Float32Array(packed, 4 * n * i, n)
    for (let row = 0; row < n; row++) values[row] = report.rows[row].values[column] * columns[column].scale
    roundForPage(values)
  })
  ids.arrays.forEach((array, i) => {
    new Uint32Array(packed, 4 * n * (carried.length + i), n).set(array)
  })
  const feasible = Uint8Array.from(report.rows, (r) => (r.reason === '' ? 1 : 0))
  return {
    points: n,
    axes: carried.map((i) => axisOf(columns[i])),
    packed: await packBytes(bytePlanes(new Uint8Array(packed))),
    families: ids.families,
    layouts: ids.layouts,
    namedLayouts: ids.namedLayouts,
    front: report.front,
    bands: frontBands(report),
    recommended: report.recommended.map(({ row, label }) => ({ row, label })),
    feasible: await packBytes(feasible),
    objectives: report.objectives,
    slo: report.limits,
  }
}

/** Ends of the bands of the front's plans, by column, in its printed unit. */
function frontBands({ rows, front }: Report): PageData['bands'] {
  const ends = (name: string) => {
    const column = columns.findIndex((c) => c.name === name)
    const scale = columns[column]?.scale ?? 1
    return front.map((row) => Number((rows[row].values[column] * scale).toPrecision(4)))
  }
  const banded = columns.flatMap(({ name }) => (name.endsWith('_lo80') ? [name.slice(0, -'_lo80'.length)] : []))
  return banded.map((column) => ({ column, lo: ends(`${column}_lo80`), hi: ends(`${column}_hi80`) }))
}

function axisOf({ name, unit, better, doc, ...rest }: Column): PageData['axes'][number] {
  return { name, unit, better, doc, ...('labels' in rest && rest.labels !== undefined && { labels: rest.labels }) }
}

/** More pairs than this are named on a page without the numbers that make most of them differ: a page stays small. */
const mostPairKeys = 5_000

/** What plans that a page tells apart by numbers have in common: the key without batch and chunk; of a pair of workers the key. */
function familyOf({ rows }: Report): (plan: Plan) => string {
  const many = rows.filter(({ plan }) => plan.kind === 'disaggregated').length > mostPairKeys
  return (plan) => {
    const key = planKey(plan)
    if (plan.kind === 'colocated') return key.replace(/:b\d+:c\d+/, '')
    return many ? key.replace(/\)x\d+/g, ')x..').replace(/:b\d+(?=:c\d+[^)]*\)x[.\d]*$)/, ':b..') : key
  }
}

/** Layouts that get a colour and a legend entry of their own. */
const mostNamed = 10

/** Whole numbers that identify each plan, in the order of `packedIds`; layouts that a legend names come first. */
function planIds(report: Report) {
  const layoutOf = legendName(report)
  const family = familyOf(report)
  const families = numbering()
  const layouts = numbering()
  for (const name of legendLayouts(report, layoutOf)) layouts.of(name)
  const namedLayouts = layouts.names.length
  const columnsOf = report.rows.map((row) => {
    const { plan } = row
    const [batch, chunk] = plan.kind === 'colocated' ? [plan.batch, plan.chunk] : [0, 0]
    return [layouts.of(layoutOf(row.plan)), families.of(family(plan)), batch, chunk, row.index]
  })
  const arrays = [0, 1, 2, 3, 4].map((i) => Uint32Array.from(columnsOf, (c) => c[i]))
  return { arrays, families: families.names, layouts: layouts.names, namedLayouts }
}

/** Layouts of the front, then those that do best in the last objective, first within the limits, while there is room. */
function legendLayouts({ rows, front, objectives }: Report, layoutOf: (plan: Plan) => string): readonly string[] {
  const column = columns.findIndex((c) => c.name === objectives.at(-1))
  const sign = columns[column].better === 'high' ? 1 : -1
  const best = new Map<string, number>()
  for (const { plan, reason, values } of rows) {
    const score = (reason === '' ? 1 : 0) * 1e12 + sign * values[column]
    best.set(layoutOf(plan), Math.max(best.get(layoutOf(plan)) ?? Number.NEGATIVE_INFINITY, score))
  }
  const ranked = [...best].sort(([, a], [, b]) => b - a).map(([name]) => name)
  return [...new Set([...front.map((i) => layoutOf(rows[i].plan)), ...ranked])].slice(0, mostNamed)
}

/** What the legend calls a plan's layout; with the pool where there are several. */
function legendName({ rows }: Report): (plan: Plan) => string {
  const pools = new Set(rows.map(({ plan }) => (plan.kind === 'colocated' ? plan.pool : '')))
  return (plan) => {
    if (plan.kind === 'disaggregated') return 'disaggregated'
    return pools.size > 1 ? `${plan.pool} ${layoutName(plan)}` : layoutName(plan)
  }
}

/** Numbers names in the order they first come. */
function numbering() {
  const known = new Map<string, number>()
  const names: string[] = []
  const of = (name: string): number => {
    const found = known.get(name)
    if (found !== undefined) return found
    known.set(name, names.length)
    return names.push(name) - 1
  }
  return { names: names as readonly string[], of }
}

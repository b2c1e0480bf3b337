import { hoverText } from './hover.ts'
import type { PageData } from './page-data.ts'
import { logTicks, positiveRange } from './ticks.ts'
import type { PageTable } from './unpack.ts'

export type Trace = Readonly<Record<string, unknown>>

/** What the person chose to see. */
interface View {
  readonly x: string
  readonly y: string
  readonly feasibleOnly: boolean
  readonly log: boolean
}

/** Okabe-Ito colours, told apart by colour-blind readers too; then variations. */
const palette = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8a6d00', '#5b3f8c', '#3b7d23', '#a61c3c']
const rest = '#b8bec8'

/** More points than this are drawn by WebGL. */
const manyPoints = 4000

/** Every plan as a point, coloured by layout, the front as a line, recommended plans as stars, SLOs as dashed lines. */
export function figure(data: PageData, table: PageTable, view: View): { readonly traces: readonly Trace[]; readonly layout: object } {
  const x = table.values.get(view.x) as Float32Array
  const y = table.values.get(view.y) as Float32Array
  const type = data.points > manyPoints ? 'scattergl' : 'scatter'
  const rows = rowsByLayout(data, table, view, x, y)
  const plans = rows.flatMap((list, layout) => (list.length === 0 ? [] : [points(data, table, list, layout, type, x, y)]))
  return { traces: [...plans, ...bars(data, view, x, y), front(data, x, y), stars(data, table, x, y)], layout: axes(data, table, view) }
}

function rowsByLayout(data: PageData, table: PageTable, view: View, x: Float32Array, y: Float32Array): readonly number[][] {
  // Layouts without a name of their own share the last list: a legend of hundreds of names helps nobody.
  const lists: number[][] = Array.from({ length: data.namedLayouts + 1 }, () => [])
  for (let row = 0; row < data.points; row++) {
    if (Number.isNaN(x[row]) || Number.isNaN(y[row])) continue
    if (view.feasibleOnly && table.feasible[row] === 0) continue
    lists[Math.min(table.ids.layout[row], data.namedLayouts)].push(row)
  }
  // A legend shows a trace as its first point looks.
  return lists.map((rows) => rows.sort((a, b) => table.feasible[b] - table.feasible[a] || a - b))
}

function points(
  data: PageData,
  table: PageTable,
  rows: readonly number[],
  layout: number,
  type: string,
  x: Float32Array,
  y: Float32Array,
): Trace {
  const other = layout >= data.namedLayouts
  return {
    type,
    mode: 'markers',
    name: other ? 'other layouts' : data.layouts[layout],
    x: rows.map((r) => x[r]),
    y: rows.map((r) => y[r]),
    text: rows.map((r) => hoverText(data, table, r)),
    hovertemplate: '%{text}<extra></extra>',
    marker: {
      color: other ? rest : palette[layout % palette.length],
      size: rows.map((r) => (table.feasible[r] === 1 ? 7 : 4)),
      opacity: rows.map((r) => (table.feasible[r] === 1 ? 0.9 : 0.35)),
    },
  }
}

function front(data: PageData, x: Float32Array, y: Float32Array): Trace {
  const rows = [...data.front].sort((a, b) => x[a] - x[b] || y[a] - y[b])
  return {
    type: 'scatter',
    mode: 'lines',
    name: 'front',
    x: rows.map((r) => x[r]),
    y: rows.map((r) => y[r]),
    hoverinfo: 'skip',
    line: { color: '#1b1f24', width: 1.5 },
  }
}

/** More bars than this hide the plans. */
const mostBars = 60

/** 80 % bands of plans of the front, evenly chosen where they are many. */
function bars(data: PageData, view: View, x: Float32Array, y: Float32Array): readonly Trace[] {
  const step = Math.max(1, Math.ceil(data.front.length / mostBars))
  const chosen = data.front.map((row, i) => ({ row, i })).sort((a, b) => x[a.row] - x[b.row] || a.i - b.i)
  const shown = chosen.filter((_, rank) => rank % step === 0)
  const along = (name: string, values: Float32Array) => {
    const band = data.bands.find(({ column }) => column === name)
    if (band === undefined) return undefined
    // A band need not hold its prediction: what is known to be too low has a bar above it alone.
    const size = (ends: readonly (number | null)[], sign: number) =>
      shown.map(({ row, i }) => Math.max(0, sign * ((ends[i] ?? values[row]) - values[row])))
    return {
      type: 'data',
      symmetric: false,
      array: size(band.hi, 1),
      arrayminus: size(band.lo, -1),
      color: '#1b1f2466',
      thickness: 1,
      width: 2,
    }
  }
  const [ofX, ofY] = [along(view.x, x), along(view.y, y)]
  if (shown.length === 0 || (ofX === undefined && ofY === undefined)) return []
  return [
    {
      type: 'scatter',
      mode: 'markers',
      name: '80 % bands of the front',
      x: shown.map(({ row }) => x[row]),
      y: shown.map(({ row }) => y[row]),
      hoverinfo: 'skip',
      marker: { size: 1, color: '#1b1f24' },
      ...(ofX !== undefined && { error_x: ofX }),
      ...(ofY !== undefined && { error_y: ofY }),
    },
  ]
}

function stars(data: PageData, table: PageTable, x: Float32Array, y: Float32Array): Trace {
  const rows = data.recommended.map((r) => r.row)
  return {
    type: 'scatter',
    mode: 'markers',
    name: 'recommended',
    x: rows.map((r) => x[r]),
    y: rows.map((r) => y[r]),
    text: data.recommended.map((r) => `<b>${r.label}</b><br>${hoverText(data, table, r.row)}`),
    hovertemplate: '%{text}<extra></extra>',
    marker: { symbol: 'star', size: 16, color: '#ffd400', line: { color: '#1b1f24', width: 1 } },
  }
}

function axes(data: PageData, table: PageTable, view: View): object {
  const axis = (name: string) => {
    const found = data.axes.find((a) => a.name === name)
    const better = found?.better === 'low' ? ' (lower is better)' : found?.better === 'high' ? ' (higher is better)' : ''
    const common = { title: { text: `${name}${better}` }, gridcolor: '#e3e6ea', zeroline: false }
    if (!view.log) return { ...common, type: 'linear' }
    const ticks = logTicks(...positiveRange(table.values.get(name) as Float32Array))
    return { ...common, type: 'log', tickvals: ticks, ticktext: ticks.map(String) }
  }
  // Plotly places annotations on a logarithmic axis by exponent, shapes by value. A label stands outside the points: above the plot or at its edge.
  const at = (value: number) => (view.log ? Math.log10(value) : value)
  const dashed = { type: 'line', line: { color: '#a61c3c', width: 1.5, dash: 'dash' } }
  const label = { showarrow: false, yanchor: 'bottom', bgcolor: '#ffffffd0', font: { color: '#a61c3c', size: 11 } }
  const across = data.slo.filter((s) => s.column === view.x)
  const along = data.slo.filter((s) => s.column === view.y && s.column !== view.x)
  return {
    xaxis: axis(view.x),
    yaxis: axis(view.y),
    shapes: [
      ...across.map(({ value }) => ({ ...dashed, x0: value, x1: value, y0: 0, y1: 1, yref: 'paper' })),
      ...along.map(({ value }) => ({ ...dashed, y0: value, y1: value, x0: 0, x1: 1, xref: 'paper' })),
    ],
    annotations: [
      ...across.map((s) => ({ ...label, text: s.label, x: at(s.value), y: 1, yref: 'paper' })),
      ...along.map((s) => ({ ...label, text: s.label, y: at(s.value), x: 1, xref: 'paper', xanchor: 'right' })),
    ],
    hovermode: 'closest',
    hoverlabel: { align: 'left', bgcolor: '#ffffff', font: { size: 12 } },
    legend: { title: { text: 'layout' }, font: { size: 11 } },
    margin: { l: 70, r: 20, t: 30, b: 60 },
    paper_bgcolor: '#ffffff',
    plot_bgcolor: '#ffffff',
    uirevision: `${view.x} ${view.y} ${view.log}`,
  }
}

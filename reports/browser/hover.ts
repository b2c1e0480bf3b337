import { hoverColumns, type PageData } from './page-data.ts'
import type { PageTable } from './unpack.ts'

/** The plan key and its main figures, one per line. */
export function hoverText(data: PageData, table: PageTable, row: number): string {
  const { family, batch, chunk } = table.ids
  // A pair of workers has two of each, in its family.
  const key = `${data.families[family[row]]}${batch[row] === 0 ? '' : `:b${batch[row]}:c${chunk[row]}`}`
  const lines = hoverColumns.flatMap((name) => {
    const value = table.values.get(name)?.[row]
    if (value === undefined || Number.isNaN(value)) return []
    const words = data.axes.find((axis) => axis.name === name)?.labels
    return [`${name} <b>${words === undefined ? Number(value.toPrecision(4)) : words[value]}</b>`]
  })
  const verdict = table.feasible[row] === 1 ? '' : '<br><i>misses an SLO or a limit</i>'
  return `${escapeMarkup(key)}<br>index ${table.ids.index[row]}<br>${lines.join('<br>')}${verdict}`
}

/** Plotly reads a small HTML dialect in labels: names that came from a study must stay text. */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

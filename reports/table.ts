/** A column of a terminal table: heading and which side its cells align to. */
export interface TableColumn {
  readonly heading: string
  readonly align: 'left' | 'right'
}

/** Plain-text table: two spaces between columns, headings on the first line, no trailing blanks. */
export function printTable(header: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((h, i) => Math.max(h.heading.length, ...rows.map((r) => r[i].length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (header[i].align === 'left' ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd()
  return [line(header.map((h) => h.heading)), ...rows.map(line)].join('\n')
}

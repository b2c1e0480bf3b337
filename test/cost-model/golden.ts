import { fileURLToPath } from 'node:url'
import { readTable } from '../spaces/table.ts'

interface Row {
  readonly text: string
  readonly number: (column: string) => number
}

/** Rows of a table in test/golden; a column that is not there is an error. */
export function golden(name: string): readonly Row[] {
  return readTable(fileURLToPath(new URL(`../golden/${name}.csv`, import.meta.url))).map((row) => ({
    text: Object.values(row).join(),
    number: (column) => {
      const value = row[column]
      if (value === undefined || value === '') throw new Error(`${name} has no ${column}`)
      return Number(value)
    },
  }))
}

import type { Measured } from '../validate/serving/measured.ts'

/** A way to hold points out: each is predicted with constants fitted without those of its own part. */
export interface Scheme {
  readonly name: string
  readonly partOf: (row: Measured) => string
  /** Whether a part is fitted on another; absent: on all others. One that is fitted on none is not predicted. */
  readonly knows?: (part: string, other: string) => boolean
}

const siblings: Readonly<Record<string, string>> = {
  'h200-sxm': 'h100-sxm',
  'gb200-nvl72': 'b200-sxm',
  'gb300-nvl72': 'b300-sxm',
}

/** Model, GPU, engine, precision and layout: points that differ in lengths and concurrency alone. */
export function configurationOf(row: Measured): string {
  return (['model', 'gpu', 'engine', 'precision', 'layout'] as const).map((name) => row.text(name)).join(' ')
}

/** `generationOf`: of a GPU. */
export function schemesOf(rows: readonly Measured[], generationOf: (gpu: string) => string): readonly Scheme[] {
  const folds = new Map([...new Set(rows.map(configurationOf))].toSorted().map((name, i) => [name, String(i % 10)]))
  const gpuOf = (row: Measured) => siblings[row.text('gpu')] ?? row.text('gpu')
  const dates = rows.map((row) => row.text('measured_on')).toSorted()
  const middle = dates[Math.floor(dates.length / 2)]!
  return [
    { name: 'configuration', partOf: (row) => folds.get(configurationOf(row))! },
    { name: 'model', partOf: (row) => row.text('model') },
    { name: 'GPU and its siblings', partOf: gpuOf },
    { name: 'generation', partOf: (row) => generationOf(row.text('gpu')) },
    {
      name: 'model, GPU and engine',
      partOf: (row) => `${row.text('model')} ${gpuOf(row)} ${row.text('engine')}`,
    },
    {
      name: `forward in time (until and after ${middle})`,
      partOf: (row) => (row.text('measured_on') > middle ? 'after' : 'until'),
      knows: (part, other) => part === 'after' && other === 'until',
    },
  ]
}

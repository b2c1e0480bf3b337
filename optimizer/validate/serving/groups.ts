import type { Measured } from './measured.ts'
import type { Prediction } from './predict.ts'

/** What points are grouped by; a blank is named as what it stands for. */
export const groupings = [
  { name: 'mode', of: (row: Measured) => row.text('serving_mode') || 'colocated' },
  { name: 'engine', of: (row: Measured) => row.text('engine') },
  { name: 'gpu', of: (row: Measured) => row.text('gpu') },
  { name: 'model', of: (row: Measured) => row.text('model') },
  { name: 'precision', of: (row: Measured) => row.text('precision') },
] as const

export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** Points that differ in layout and concurrency alone: one question to a planner. */
export function questionOf({ row }: Prediction): string {
  const words = (['model', 'gpu', 'engine', 'precision'] as const).map((name) => row.text(name))
  return [...words, row.number('isl'), row.number('osl')].join(' ')
}

import type { Count } from '../count.ts'
import { boundedValue, firstMiss, type Limit, missReason } from '../limit.ts'
import { rowAt, type Table } from '../table.ts'

/**
 * Counts of rejected plans after some were judged anew: `before` and `after` hold the same plans. An example that the replay refuted stays,
 * with a word that it did: which plan comes next under that reason nobody remembers.
 */
export function recount(counts: readonly Count[], before: Table, after: Table, limits: readonly Limit[]): readonly Count[] {
  const byReason = new Map(counts.map((count) => [count.reason, { ...count }]))
  for (const [i, index] of before.indexes.entries()) {
    const [was, is] = [firstMiss(limits, rowAt(before, i), 0), firstMiss(limits, rowAt(after, i), 0)]
    const left = was && byReason.get(was.code)
    if (left !== undefined) {
      left.plans--
      if (left.index === index && is?.code !== was?.code) left.example += ' by its closed form, not by its replay'
    }
    if (is === undefined) continue
    const example = missReason(is, boundedValue(is, rowAt(after, i))).message
    const joined = byReason.get(is.code)
    if (joined === undefined) byReason.set(is.code, { reason: is.code, plans: 1, index, example })
    else {
      joined.plans++
      if (index <= joined.index) Object.assign(joined, { index, example })
    }
  }
  return [...byReason.values()].filter(({ plans }) => plans > 0)
}

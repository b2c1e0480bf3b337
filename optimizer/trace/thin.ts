import type { Workload } from '../../spaces/workload.ts'
import type { Trace } from './trace.ts'

type Thinned = Pick<Workload, 'isl' | 'osl' | 'paired' | 'prefixHit'>

/** Parts that the requests are cut into by prompt, and each of these by output: outputs have the longer tails. */
const parts = { isl: 10, osl: 20 }

/**
 * Lengths of a trace as pairs that are equally likely: the requests cut into equal parts by prompt length, each of these by output length,
 * every part two pairs a standard deviation above and below its mean. So means, variances, and which prompts go with which outputs are kept;
 * the longest request is not. Hits: the share of all prompt tokens.
 */
export function thinned({ isl, osl, cached }: Pick<Trace, 'isl' | 'osl' | 'cached'>): Thinned {
  const by = (column: Int32Array) => (a: number, b: number) => column[a] - column[b] || a - b
  const requests = [...isl.keys()].sort(by(isl))
  const few = requests.length <= 2 * parts.isl * parts.osl
  const cells = few ? [] : cut(requests, parts.isl).flatMap((part) => cut(part.sort(by(osl)), parts.osl))
  // In every other part long prompts go with short outputs, so that the split adds nothing to their correlation.
  const points = (column: Int32Array, sign: (cell: number) => number) =>
    few ? requests.map((request) => column[request]) : cells.flatMap((cell, i) => twoPoints(cell, column, sign(i)))
  return {
    isl: { kind: 'empirical', tokens: points(isl, () => 1) },
    osl: { kind: 'empirical', tokens: points(osl, (cell) => (cell % 2 === 0 ? 1 : -1)) },
    paired: true,
    // One token of a prompt is always computed.
    prefixHit: Math.min(0.999, Number((total(cached) / total(isl)).toPrecision(4))),
  }
}

function cut(requests: readonly number[], count: number): readonly number[][] {
  const at = (i: number) => Math.round((i * requests.length) / count)
  return Array.from({ length: count }, (_, i) => requests.slice(at(i), at(i + 1)))
}

/** Mean plus and minus the standard deviation, at least a token each. */
function twoPoints(cell: readonly number[], column: Int32Array, sign: number): readonly number[] {
  const mean = cell.reduce((sum, r) => sum + column[r], 0) / cell.length
  const deviation = Math.sqrt(cell.reduce((sum, r) => sum + (column[r] - mean) ** 2, 0) / cell.length)
  const spread = Math.min(deviation, mean - 1)
  return [mean + sign * spread, mean - sign * spread].map(Math.round)
}

function total(column: Int32Array): number {
  return column.reduce((all, tokens) => all + tokens, 0)
}

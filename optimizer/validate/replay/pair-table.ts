import { openCatalog } from '../../../spaces/catalog.ts'
import { type Check, checkMetrics, type Validation } from '../suite.ts'
import { comparePairAt } from './pair-compare.ts'
import { pairPointAt } from './pair-points.ts'
import type { Spec } from './spec.ts'
import { spreadOf } from './spread.ts'

const loops = ['closed', 'open'] as const
const percent = (value: number) => Number((100 * value).toFixed(1))

/** The first `count` random pairs of prefill and decode workers: their closed form against their replay. */
export function comparePairs(spec: Spec, count: number): Validation {
  const catalog = openCatalog()
  const all = Array.from({ length: count }, (_, i) => comparePairAt(pairPointAt(spec, catalog, i), spec)).flat()
  const of = (loop: (typeof loops)[number]) => all.filter((one) => one.loop === loop)
  const quantities = loops.flatMap((loop) => [...(of(loop)[0]?.errors.keys() ?? [])].map((quantity) => ({ loop, quantity })))
  const spreads = quantities.map(({ loop, quantity }) => ({ loop, quantity, ...spreadOf(of(loop), quantity) }))
  const checks = loops.flatMap((loop) =>
    Object.entries(spec.pairs.medians[loop]).map(
      ([quantity, most]): Check => ({
        id: `pairs/${loop}/${quantity}`,
        group: 'pairs',
        what: `median error of ${quantity} at ${of(loop).length} pairs in ${loop} loop`,
        unit: '',
        expected: { tolerance: 0, most },
        ours: spreadOf(of(loop), quantity).median,
      }),
    ),
  )
  const worst = all.toSorted((a, b) => Math.abs(b.errors.get('ttft')!) - Math.abs(a.errors.get('ttft')!)).slice(0, 6)
  const shown = (value: number | undefined) => (value === undefined ? null : percent(value))
  return {
    checks,
    sideBySide: [
      {
        title: 'separate workers: closed form / replay - 1, in percent, nothing excluded',
        header: ['loop', 'quantity', 'median', 'p90', 'mean signed', 'n'],
        rows: spreads.map(({ loop, quantity, median, p90, mean, n }) => [loop, quantity, percent(median), percent(p90), percent(mean), n]),
        notes: [],
      },
      {
        title: 'separate workers: median errors by the stages of a prefill worker, in percent',
        header: ['loop', 'stages', 'n', 'throughput', 'tpot', 'ttft'],
        rows: loops.flatMap((loop) =>
          (['one', 'several'] as const).map((stages) => {
            const some = of(loop).filter((one) => one.pp > 1 === (stages === 'several'))
            const median = (name: string) => (some.some(({ errors }) => errors.has(name)) ? percent(spreadOf(some, name).median) : null)
            return [loop, stages, some.length, median('throughput'), median('tpot'), median('ttft')]
          }),
        ),
        notes: ['Prompts of several lanes take turns in a pipeline of prefill; the form has them one after another.'],
      },
      {
        title: 'separate workers: the worst TTFT, errors in percent',
        header: ['throughput', 'tpot', 'ttft', 'pair'],
        rows: worst.map(({ errors, at }) => [...['throughput', 'tpot', 'ttft'].map((name) => shown(errors.get(name))), at]),
        notes: [],
      },
    ],
    metrics: [
      ...checkMetrics(checks),
      ...spreads.flatMap(({ loop, quantity, median, p90, mean, n }) => [
        { group: `pairs/${loop}/${quantity}`, metric: 'median_error', value: median, n },
        { group: `pairs/${loop}/${quantity}`, metric: 'p90_error', value: p90, n },
        { group: `pairs/${loop}/${quantity}`, metric: 'mean_signed_error', value: mean, n },
      ]),
    ],
    skipped: [],
  }
}

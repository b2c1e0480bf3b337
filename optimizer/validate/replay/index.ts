import { openCatalog } from '../../../spaces/catalog.ts'
import { type Check, checkMetrics, type Metric, type SideBySide, type Suite, type Validation } from '../suite.ts'
import { type Compared, compareAt, type Loop } from './compare.ts'
import { comparePairs } from './pair-table.ts'
import { pointAt } from './points.ts'
import { readSpec, type Spec } from './spec.ts'
import { spreadOf } from './spread.ts'

/** The closed forms of serving against the stepwise replay, at random operating points of random plans. */
export const replaySuite: Suite = {
  name: 'replay',
  summary: 'our closed forms of serving against our replay, at random operating points',
  run: () => {
    const spec = readSpec()
    const [replicas, pairs] = [compareWithReplay(spec, spec.points), comparePairs(spec, spec.pairs.points)]
    return {
      checks: [...replicas.checks, ...pairs.checks],
      sideBySide: [...replicas.sideBySide, ...pairs.sideBySide],
      metrics: [...replicas.metrics, ...pairs.metrics],
      skipped: [],
    }
  },
}

/** The first `count` points of the series. */
export function compareWithReplay(spec: Spec, count: number): Validation {
  const catalog = openCatalog()
  const all = Array.from({ length: count }, (_, i) => compareAt(pointAt(spec, catalog, i), spec)).flat()
  const checks = (['closed', 'open'] as const).flatMap((loop) => checksOf(spec, loop, all))
  return {
    checks,
    sideBySide: [quantityTable(all), layoutTable(all), worstTable('closed', all), worstTable('open', all)],
    metrics: [...checkMetrics(checks), ...(all.length === 0 ? [] : (['closed', 'open'] as const).flatMap((loop) => metricsOf(loop, all)))],
    skipped: [],
  }
}

/** Points of a loop at which its form is asked to be right. */
function kept(all: readonly Compared[], loop: Loop): readonly Compared[] {
  return all.filter((one) => one.loop === loop && one.excluded === undefined)
}

function quantitiesOf(all: readonly Compared[], loop: Loop): readonly string[] {
  return [...(all.find((one) => one.loop === loop)?.errors.keys() ?? [])]
}

function checksOf({ medians, exclude }: Spec, loop: Loop, all: readonly Compared[]): readonly Check[] {
  const own = all.filter((one) => one.loop === loop)
  const some = kept(all, loop)
  const check = (id: string, what: string, most: number, ours: number): Check => {
    return { id: `${loop}/${id}`, group: `${loop} loop`, what, unit: '', expected: { tolerance: 0, most }, ours }
  }
  return [
    ...Object.entries(medians[loop]).map(([of, most]) =>
      check(of, `median error of ${of} at ${some.length} points`, most, spreadOf(some, of).median),
    ),
    check('excluded', `share of ${own.length} points that are excluded`, exclude.share, 1 - some.length / own.length),
  ]
}

function metricsOf(loop: Loop, all: readonly Compared[]): readonly Metric[] {
  const some = kept(all, loop)
  return quantitiesOf(all, loop).flatMap((quantity) => {
    const { median, p90, mean, n } = spreadOf(some, quantity)
    const group = `${loop} loop/${quantity}`
    return [
      { group, metric: 'median_error', value: median, n },
      { group, metric: 'p90_error', value: p90, n },
      { group, metric: 'mean_signed_error', value: mean, n },
    ]
  })
}

const percent = (value: number) => Number((100 * value).toFixed(1))

function quantityTable(all: readonly Compared[]): SideBySide {
  const loops = ['closed', 'open'] as const
  return {
    title: 'closed form / replay - 1, in percent, where it is not excluded',
    header: ['loop', 'quantity', 'median', 'p90', 'mean signed', 'n'],
    rows: loops.flatMap((loop) =>
      quantitiesOf(all, loop).map((quantity) => {
        const { median, p90, mean, n } = spreadOf(kept(all, loop), quantity)
        return [loop, quantity, percent(median), percent(p90), percent(mean), n]
      }),
    ),
    notes: loops.map((loop) => {
      const own = all.filter((one) => one.loop === loop)
      const reasons = [...new Set(own.flatMap(({ excluded }) => excluded ?? []))].sort()
      const counts = reasons.map((why) => `${own.filter(({ excluded }) => excluded === why).length} ${why}`)
      return `${loop} loop: ${own.length - kept(all, loop).length} of ${own.length} points excluded${counts.length > 0 ? `: ${counts.join(', ')}` : ''}`
    }),
  }
}

const shown = ['throughput', 'tpot', 'ttft', 'ttft p99']

function layoutTable(all: readonly Compared[]): SideBySide {
  const rows = (['closed', 'open'] as const).flatMap((loop) =>
    (['one rank', 'pipeline', 'attention DP'] as const).map((layout) => {
      const some = kept(all, loop).filter((one) => one.layout === layout)
      return [loop, layout, some.length, ...shown.map((quantity) => percentOrNone(spreadOf(some, quantity).median))]
    }),
  )
  return { title: 'median errors by layout, in percent', header: ['loop', 'layout', 'n', ...shown], rows, notes: [] }
}

function percentOrNone(value: number): number | null {
  return Number.isNaN(value) ? null : percent(value)
}

const most = 8

function worstTable(loop: Loop, all: readonly Compared[]): SideBySide {
  const size = ({ errors }: Compared) => Math.max(...shown.slice(0, 3).map((quantity) => Math.abs(errors.get(quantity) ?? 0)))
  const worst = [...kept(all, loop)].sort((a, b) => size(b) - size(a)).slice(0, most)
  return {
    title: `${loop} loop: the worst points, errors in percent`,
    header: [...shown, 'point'],
    rows: worst.map(({ errors, at }) => [...shown.map((quantity) => percentOrNone(errors.get(quantity) ?? Number.NaN)), at]),
    notes: [],
  }
}

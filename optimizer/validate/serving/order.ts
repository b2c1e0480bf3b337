import type { Metric } from '../suite.ts'
import { scored } from './errors.ts'
import { grouped, questionOf } from './groups.ts'
import type { Prediction } from './predict.ts'

/** Pairs of layouts of one model on as many GPUs, equally many requests: of how many is the faster one, per GPU, predicted to be the faster. */
export function orderMetrics(predictions: readonly Prediction[]): readonly Metric[] {
  const points = scored(predictions, 'out_tok_s_per_gpu').filter(({ predicted }) => predicted !== undefined)
  const groups = grouped(points, (point) => `${questionOf(point)} ${point.row.number('gpus')} ${point.row.number('concurrency')}`)
  let [right, pairs] = [0, 0]
  for (const group of groups.values()) {
    for (const [i, a] of group.entries()) {
      for (const b of group.slice(i + 1)) {
        if (layoutOf(a) === layoutOf(b)) continue
        const measured = throughput(a.measured) - throughput(b.measured)
        const predicted = throughput(a.predicted!) - throughput(b.predicted!)
        if (measured === 0) continue
        pairs++
        right += predicted === 0 ? 0.5 : Number(predicted > 0 === measured > 0)
      }
    }
  }
  return pairs === 0 ? [] : [{ group: 'all', metric: 'order_accuracy', value: right / pairs, n: pairs }]
}

function throughput(values: Prediction['measured']): number {
  return values.out_tok_s_per_gpu!
}

function layoutOf({ row }: Prediction): string {
  return (['tp', 'pp', 'dp', 'ep', 'moe_tp'] as const).map((name) => row.number(name) ?? '').join(' ') + row.text('layout')
}

import { type Counts, halve, rowsIn } from '../counts.ts'
import { type Span, spansOf, twoBatchSpans } from '../critical-path.ts'
import type { Op, Segment } from '../graph.ts'
import { hostWait } from '../host.ts'
import type { LayoutModel, TimedSegment } from '../layout-model.ts'
import { cutsInTwo } from '../two-batch.ts'
import type { OpExplanation } from './explanation.ts'
import { type Costed, costOf } from './op.ts'

/** One run of a segment in time. */
export interface Drawn {
  readonly seconds: number
  readonly hostWait: number
  /** `counted`: its seconds on the critical path, which add up to those of the run. */
  readonly ops: readonly (Omit<OpExplanation, 'share'> & { readonly counted: number })[]
}

/** Ops of a segment as the engine overlaps them. */
export function draw(segment: Segment, timed: TimedSegment, counts: Counts, model: LayoutModel): Drawn {
  const halved = cutsInTwo(timed, counts)
  const own = halved ? halve(counts, model.captured) : counts
  const running = new Map(timed.ops.filter(({ rows }) => rowsIn(rows, own) > 0).map((t) => [t.op.name, t]))
  const costs = segment.ops.map((op) => costOf({ op, timed: running.get(op.name) }, own))
  const secondsOf = new Map(costs.map(({ name, seconds }) => [name, seconds]))
  const seconds = (op: Op) => secondsOf.get(op.name)!
  const { end, ops } = halved
    ? both(costs, twoBatchSpans(segment, seconds, model.overlaps), segment.repeat)
    : alone(costs, spansOf(segment, seconds, model.overlaps))
  const batches = halved ? 2 : 1
  const exchanged = [...running.values()].filter(({ network }) => network !== undefined).length
  const wait = own.eager ? hostWait(model, batches * running.size, batches * exchanged, end) : 0
  return { seconds: end + wait, hostWait: wait, ops }
}

type Placed = Pick<Drawn, 'ops'> & { readonly end: number }

function alone(costs: readonly Costed[], spans: readonly Span[]): Placed {
  return {
    end: Math.max(0, ...spans.map(({ end }) => end)),
    ops: spans.map(({ start, end, critical }, i) => ({ ...costs[i]!, start, end, critical, counted: critical ? costs[i]!.seconds : 0 })),
  }
}

/** Means over the layers that two batches go through; where they are drawn, as they go through the layer in the middle. */
function both(costs: readonly Costed[], spans: readonly Span[], layers: number): Placed {
  const n = costs.length
  const each = n * layers
  const middle = Math.floor(layers / 2) * n
  const begin = Math.min(spans[middle]!.start, spans[each + middle]!.start)
  const at = ({ start, end }: Span) => ({ start: start - begin, end: end - begin })
  const ops = costs.map((cost, i) => {
    const onPath = spans.filter((span, k) => k % n === i && span.critical).length
    const counted = (onPath * cost.seconds) / layers
    return { ...doubled(cost), ...at(spans[middle + i]!), second: at(spans[each + middle + i]!), critical: onPath > 0, counted }
  })
  return { end: Math.max(0, ...spans.map(({ end }) => end)) / layers, ops }
}

function doubled(cost: Costed): Costed {
  const { rows, seconds, floor, compute, memory, flops, read, write, sent } = cost
  return {
    ...cost,
    rows: 2 * rows,
    seconds: 2 * seconds,
    floor: 2 * floor,
    compute: 2 * compute,
    memory: 2 * memory,
    flops: 2 * flops,
    read: 2 * read,
    write: 2 * write,
    sent: 2 * sent,
  }
}

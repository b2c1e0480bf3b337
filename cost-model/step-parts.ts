import type { Bound } from './column.ts'
import { type Counts, countStep, rowsIn, type StepShape } from './counts.ts'
import { waitForHost } from './host.ts'
import type { LayoutModel, TimedSegment } from './layout-model.ts'
import { addOps, at, noSums } from './op-table.ts'
import { opTime } from './timed.ts'

/** Part of a step: all runs of one op, or what the GPUs wait for the host to launch ops (undefined). Seconds through all stages. */
export interface StepPart {
  readonly op: string | undefined
  readonly seconds: number
  /** `overhead`: the floor of an empty kernel is most of it. */
  readonly bound: Bound
}

/** What `stepTime` adds up, op by op; of an engine that runs its ops one after another. Parts sum to the step's latency. */
export function stepParts(model: LayoutModel, shape: StepShape): readonly StepPart[] {
  const { segments, repeats, attentionDp, captured } = model
  const counts = countStep(shape, attentionDp, captured)
  return segments.flatMap((segment, k) => {
    if (segment.table.overlap !== undefined) throw new Error(`ops of ${segment.name} overlap: their times do not add up`)
    let runs = 0
    for (let s = k; s < repeats.length; s += segments.length) runs += segment.layers * repeats[s]!
    const parts = counts.eager ? [...opParts(segment, counts), launchPart(model, segment, counts)] : opParts(segment, counts)
    return parts.map((part) => ({ ...part, seconds: runs * part.seconds }))
  })
}

function opParts({ ops }: TimedSegment, counts: Counts): readonly StepPart[] {
  return ops.flatMap((timed) => {
    const rows = rowsIn(timed.rows, counts)
    if (!(rows > 0)) return []
    const { seconds, floor, bound } = opTime(timed, rows, counts)
    return [{ op: timed.op.name, seconds, bound: floor > seconds / 2 ? 'overhead' : bound }]
  })
}

function launchPart(model: LayoutModel, { table }: TimedSegment, counts: Counts): StepPart {
  const sums = noSums()
  addOps(table, counts, sums)
  const busy = sums[at.seconds]!
  waitForHost(model, sums)
  return { op: undefined, seconds: sums[at.seconds]! - busy, bound: 'overhead' }
}

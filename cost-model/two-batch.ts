import { type Counts, halve } from './counts.ts'
import { waitForHost } from './host.ts'
import { critical, interleave, makeSpans } from './lanes.ts'
import type { LayoutModel, TimedSegment } from './layout-model.ts'
import { addOps, at, noSums, type Sums } from './op-table.ts'

/**
 * Sums of the runs of layers that a step goes through as two batches of half its size, by segment: while one computes, the other
 * exchanges (SGLang's two-batch overlap, vLLM's dual batch overlap). Weights are read, and kernels launched, once for each. Undefined
 * where the engine does not, or the step has nothing to halve.
 */
export function twoBatchStep(model: LayoutModel, whole: Counts): ReadonlyMap<number, Sums> | undefined {
  let runs: Map<number, Sums> | undefined
  for (let k = 0; k < model.segments.length; k++) {
    const segment = model.segments[k]!
    if (!cutsInTwo(segment, whole)) continue
    const counts = halve(whole, model.captured)
    const sums = twoBatchRun(segment, (one) => addOps(segment.table, counts, one))
    if (counts.eager) waitForHost(model, sums)
    runs ??= new Map()
    runs.set(k, sums)
  }
  return runs
}

/** Whether two batches of such a step go through a segment. */
export function cutsInTwo({ twoBatch }: Pick<TimedSegment, 'twoBatch'>, { prefill, running }: Counts): boolean {
  return prefill > 0 ? twoBatch.prefill && prefill >= 2 : twoBatch.decode && running >= 2
}

function twoBatchRun({ table, layers }: TimedSegment, add: (sums: Sums) => void): Sums {
  const one = noSums()
  add(one)
  const { lanes, seconds, parts } = table.overlap!
  const n = seconds.length
  const spans = makeSpans(2 * layers * n)
  const run = one.map((value) => 2 * layers * value)
  run[at.seconds] = interleave(lanes, seconds, layers, spans)
  for (let p = 0; p < 4; p++) run[at.compute + p] = 0
  for (const i of critical(spans, 2 * layers * n)) for (let p = 0; p < 4; p++) run[at.compute + p]! += parts[(i % n) * 4 + p]!
  return run
}

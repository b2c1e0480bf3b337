import type { Replayed } from './replay.ts'
import { type Distribution, distribution, e2eOf, type ReplaySlo, sharesWithin, tpotOf, ttftOf } from './summary.ts'

/** What the requests of one class of a mixture saw. Seconds. */
export interface ClassSummary {
  readonly name: string
  readonly requests: number
  readonly ttft: Distribution
  readonly tpot: Distribution
  readonly e2e: Distribution
  /** Share of its requests within its SLO. */
  readonly attainment: number
}

/** One per class, in order; none where the workload is one class. */
export function byClass(replayed: Replayed, names: readonly string[], slo: ReplaySlo, ofClass: readonly (ReplaySlo | undefined)[]) {
  const { classOf } = replayed.requests
  if (classOf === undefined) return []
  const [ttft, tpot, e2e] = [ttftOf(replayed), tpotOf(replayed), e2eOf(replayed)]
  const within = sharesWithin(replayed, slo, ofClass)
  return names.map((name, c): ClassSummary => {
    const own = (values: Float64Array) => distribution(values.filter((value, i) => classOf[i] === c && !Number.isNaN(value)))
    const requests = classOf.reduce((sum, at) => sum + (at === c ? 1 : 0), 0)
    return { name, requests, ttft: own(ttft), tpot: own(tpot), e2e: own(e2e), attainment: within[c] ?? 1 }
  })
}

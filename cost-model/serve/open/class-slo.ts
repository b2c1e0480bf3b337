import type { Latencies, Slo } from './latencies.ts'
import { mean, quantiles } from './latencies.ts'

/** An SLO of one class of requests: bounds, and the share of them (0 to 1) that must keep each; absent: their mean must. */
export interface ClassSlo extends Slo {
  readonly share?: number | undefined
}

export const boundLatencies = ['ttft', 'tpot', 'e2e'] as const

/** The largest share of its SLO that a class uses, and which: 3 x class + number of the latency + 1. */
export interface ClassUse {
  readonly use: number
  readonly worst: number
}

/** Undefined where no class has an SLO. */
export function classUse(latencies: Latencies, slos: readonly (ClassSlo | undefined)[]): ClassUse | undefined {
  let found: ClassUse | undefined
  for (const [c, slo] of slos.entries()) {
    if (slo === undefined) continue
    const own = ofClass(latencies, c)
    for (const [l, of] of boundLatencies.entries()) {
      const bound = slo[of]
      if (bound === undefined) continue
      const use = (slo.share === undefined ? mean(own, of) : quantiles(own, of, [slo.share])[0]!) / bound
      if (found === undefined || use > found.use) found = { use, worst: 3 * c + l + 1 }
    }
  }
  return found
}

function ofClass(latencies: Latencies, c: number): Latencies {
  const own = (values: readonly number[]) => values.filter((_, i) => latencies.classOf[i] === c)
  const { ttft, tpot, e2e, shares, classOf } = latencies
  return { ...latencies, ttft: own(ttft), tpot: own(tpot), e2e: own(e2e), shares: own(shares), classOf: own(classOf) }
}

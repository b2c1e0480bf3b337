import type { StepFunction } from '../load.ts'
import type { OpenLoad } from './arrivals.ts'
import { type ClassSlo, classUse } from './class-slo.ts'
import { fullReplica } from './full.ts'
import { type Slo, shareMeetingEach } from './latencies.ts'
import { serveOpen } from './open.ts'

/** A service-level objective: bounds, and the share of requests (0 to 1) that must keep each of them; absent: the mean must. */
export interface Objective extends Slo {
  readonly share?: number | undefined
  /** By number of class, where classes have their own. */
  readonly classes?: readonly (ClassSlo | undefined)[] | undefined
}

/** The rate is found to this part of the replica's capacity. */
const steps = 7

/**
 * Most requests per second of a replica at which the percentiles of TTFT, TPOT and E2E (each by itself), or their means, keep their bounds: 0
 * where not even an idle replica does. Bisection between 0 and the capacity, always at the same rates, so that a looser bound never gives less.
 */
export function sloCapacity(load: OpenLoad, cv: number, slo: Objective, step: StepFunction): number {
  const full = fullReplica(load, step)
  let [low, high] = [0, full.rate]
  for (let i = 0; i < steps; i++) {
    const rate = (low + high) / 2
    const served = serveOpen(load, { rate, cv }, step, full)
    if (served.kind === 'steady' && meets(served, slo)) low = rate
    else high = rate
  }
  return low
}

function meets(
  served: Extract<ReturnType<typeof serveOpen>, { readonly kind: 'steady' }>,
  { share, classes = [], ...slo }: Objective,
): boolean {
  if ((classUse(served.latencies, classes)?.use ?? 0) > 1) return false
  if (share !== undefined) return shareMeetingEach(served.latencies, slo) >= share
  const { ttft = Infinity, tpot = Infinity, e2e = Infinity } = slo
  return served.ttft <= ttft && served.tpot <= tpot && served.e2e <= e2e
}

import { makeRng, type Rng } from '../../../spaces/rng.ts'
import { drawGamma } from './draw.ts'
import { replicasOf } from './route.ts'

/** When requests come. Rates in requests per second. */
export type Arrivals =
  /** `concurrency` at first, spread evenly over `ramp` seconds (0: all at once, as benchmarks start), then one for each that finishes. */
  | { readonly kind: 'closed'; readonly concurrency: number; readonly ramp: number }
  | { readonly kind: 'poisson'; readonly rate: number }
  /** Gamma gaps of this coefficient of variation: above 1 burstier than Poisson. */
  | { readonly kind: 'gamma'; readonly rate: number; readonly cv: number }
  /** Poisson whose rate goes evenly from one value to another over the run. */
  | { readonly kind: 'ramp'; readonly from: number; readonly to: number }
  /** One replica's part of a stream at all of them. */
  | { readonly kind: 'part'; readonly of: Stream; readonly replicas: number; readonly routing: 'round-robin' | 'random' }
  /** Seconds, ascending. */
  | { readonly kind: 'trace'; readonly times: Float64Array }

/** Arrivals that do not look at what the engine does. */
export type Stream = Extract<Arrivals, { readonly kind: 'poisson' | 'gamma' | 'ramp' }>

/** Seconds at which the requests come that nobody has to finish for. */
export function arrivalTimes(arrivals: Arrivals, count: number, seed: number): Float64Array {
  switch (arrivals.kind) {
    case 'closed': {
      const first = Math.min(count, arrivals.concurrency)
      return Float64Array.from({ length: first }, (_, i) => (arrivals.ramp * i) / first)
    }
    case 'poisson':
      return renewals(count, seed, (rng) => -Math.log(1 - rng.uniform()) / arrivals.rate)
    case 'gamma': {
      if (arrivals.cv === 0) return renewals(count, seed, () => 1 / arrivals.rate)
      const shape = 1 / (arrivals.cv * arrivals.cv)
      return renewals(count, seed, (rng) => drawGamma(shape, rng) / (shape * arrivals.rate))
    }
    case 'ramp':
      return renewals(count, seed, (rng) => -Math.log(1 - rng.uniform())).map((n) => rampTime(arrivals, count, n))
    case 'part':
      return partOf(arrivals, count, seed)
    case 'trace':
      return arrivals.times
  }
}

/** The first `count` of a stream that come to the first of its replicas; the others' are drawn too. */
function partOf({ of, replicas, routing }: Extract<Arrivals, { readonly kind: 'part' }>, count: number, seed: number): Float64Array {
  // All but certainly enough under `random`: ten standard deviations more than the mean.
  const all = arrivalTimes(of, Math.ceil(replicas * (count + (routing === 'random' ? 10 * Math.sqrt(count) + 20 : 0))), seed)
  const to = replicasOf(routing, all.length, replicas, { seed })
  return all.filter((_, i) => to[i] === 0).slice(0, count)
}

function renewals(count: number, seed: number, gap: (rng: Rng) => number): Float64Array {
  const rng = makeRng(seed, 3)
  let time = 0
  return new Float64Array(count).map(() => {
    time += gap(rng)
    return time
  })
}

/** When n requests are expected to have come, where the last of `count` is expected as the rate reaches `to`. */
function rampTime({ from, to }: { readonly from: number; readonly to: number }, count: number, n: number): number {
  const end = (2 * count) / (from + to)
  const slope = (to - from) / end
  return n > count ? end + (n - count) / to : (2 * n) / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * n)))
}

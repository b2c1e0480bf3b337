import { normalQuantile } from '../../experts.ts'
import type { Latencies } from './latencies.ts'
import type { Population, Station } from './population.ts'
import type { Requests } from './requests.ts'

/** Numbers of decoding requests that are looked at, two to a doubling: the one at or below k and the next, and how far k lies between. */
export function around(k: number, seats: number): readonly [below: number, above: number, share: number] {
  const octave = 2 ** Math.floor(Math.log2(k))
  const middle = octave * 1.5
  const below = octave > 1 && k >= middle ? middle : octave
  if (below === k || k >= seats) return [Math.min(k, seats), Math.min(k, seats), 0]
  const above = Math.min(seats, below === octave && octave > 1 ? middle : octave * 2)
  return [below, above, (k - below) / (above - below)]
}

/**
 * A request sees the number beside it change while it decodes, so that its mean varies less than the number does: by
 * 2 (x - 1 + e^-x) / x^2 in variance, x its time over that in which the number forgets, the elasticity of the rate.
 */
function steadied(station: Station, k: number): number {
  if (k < 1 || k >= station.seats) return 1
  const wider = Math.min(station.seats, k * 1.25)
  const x = Math.min(1, Math.max(1e-3, Math.log(station.rate(wider) / station.rate(k)) / Math.log(wider / k)))
  return Math.sqrt((2 * (x - 1 + Math.exp(-x))) / (x * x))
}

/** A wait for a seat, seconds: the sum of so many exponential times. */
export interface Wait {
  readonly mean: number
  readonly of: number
}

/** What arrivals meet: a share of them joins `k` that decode, itself included; those that find all seats taken wait, and decode at `pace`. */
export interface Mixture {
  readonly shares: ReadonlyMap<number, number>
  readonly full: { readonly share: number; readonly k: number; readonly wait: Wait; readonly pace: number }
}

/**
 * `schedulers`: who waits does so for a seat of its own scheduler, and does not get those that others have free; the next to come do, so that
 * behind it there are few.
 */
export function mixtureOf(population: Population, station: Station, interval: number, schedulers: number): Mixture {
  const { from, chances, full, decay } = population
  // Of the requests, not of the time: many at once are met by many.
  const weights = chances.map((chance, i) => (from + i > 0 ? chance * station.rate(from + i) : 0))
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const centre = whole > 0 ? weights.reduce((sum, weight, i) => sum + weight * (from + i), 0) / whole : station.seats
  const narrow = steadied(station, Math.min(station.seats, centre))
  const shares = new Map<number, number>()
  const add = (k: number, share: number) => {
    if (share > 0) shares.set(k, (shares.get(k) ?? 0) + share)
  }
  if (whole === 0) add(1, 1 - full)
  for (const [i, weight] of weights.entries()) {
    if (weight === 0) continue
    const [below, above, share] = around(Math.max(1, centre + narrow * (from + i - centre)), station.seats)
    add(below, ((1 - full) * weight * (1 - share)) / whole)
    add(above, ((1 - full) * weight * share) / whole)
  }
  // What is left of a service that a request comes upon, over the whole of it: half of it where all are alike.
  const left = Math.min(1, (1 + station.serviceCv ** 2) / 2)
  const wait = (1 / (1 - decay) + (schedulers - 1) * left) / station.fullRate
  // Of the times at which as many or more are there as there are seats: those at which no scheduler has one free while others' requests wait.
  const waiting = full * (1 - decay + decay / schedulers)
  add(station.seats, full - waiting)
  return { shares, full: { share: waiting, k: station.seats, wait: { mean: wait, of: 1 }, pace: interval } }
}

/** Requests of the runs, each for its share. The wait for a seat is spread evenly over those that wait. */
export function mix({ shares, full }: Mixture, runAt: (k: number) => Requests, perRequest: number): Latencies {
  const out = { ttft: [] as number[], tpot: [] as number[], e2e: [] as number[], shares: [] as number[], classOf: [] as number[] }
  const [itl, itlShares] = [[] as number[], [] as number[]]
  const add = (run: Requests, share: number, waitOf: (u: number) => number, pace: number) => {
    for (const [i, ttft] of run.ttft.entries()) {
      const first = perRequest + waitOf(((i + 0.5) * golden) % 1) + ttft
      out.ttft.push(first)
      out.tpot.push(run.tpot[i]! * pace)
      out.e2e.push(first + (run.e2e[i]! - ttft) * pace)
      out.shares.push(share / run.ttft.length)
      out.classOf.push(run.classOf[i]!)
    }
    const steps = run.counts.reduce((sum, count) => sum + count, 0)
    for (const [i, interval] of run.intervals.entries()) {
      itl.push(interval * pace)
      itlShares.push((share * run.counts[i]!) / steps)
    }
  }
  for (const [k, share] of shares) add(runAt(k), share, () => 0, 1)
  if (full.share > 0) {
    const run = runAt(full.k)
    const pace = run.interval > 0 ? full.pace / run.interval : 1
    add(run, full.share, (u) => waitAt(full.wait, u), pace)
  }
  return { ...out, itl, itlShares }
}

/** Quantile of an Erlang distribution (Wilson and Hilferty's cube; exact for one exponential time). */
function waitAt({ mean, of }: Wait, u: number): number {
  if (of <= 1) return -mean * Math.log(1 - u)
  return mean * Math.max(0, 1 - 1 / (9 * of) + normalQuantile(u) / (3 * Math.sqrt(of))) ** 3
}

const golden = (Math.sqrt(5) - 1) / 2

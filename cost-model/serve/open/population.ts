import type { Stream } from './arrivals.ts'

/** How many others decode when a request comes: chances of `from`, `from` + 1, ... below the seats; then all seats are taken. */
export interface Population {
  readonly from: number
  readonly chances: readonly number[]
  /** Chance that all seats are taken, and by what factor each further waiting request is less likely. */
  readonly full: number
  readonly decay: number
}

/** A station where requests decode side by side. */
export interface Station {
  readonly seats: number
  /** Requests per second that finish while k decode, 1 <= k <= seats; and while others wait. */
  rate(k: number): number
  readonly fullRate: number
  readonly serviceCv: number
  /** Mean square over mean of how many begin to decode at once. */
  readonly clump: number
}

/** States less likely than this share of the likeliest one are left out. */
const negligible = 1e-5

/**
 * Birth and death: a request more at the rate of arrivals, one less as fast as that many decode (flow-equivalent server; exact for Poisson
 * arrivals at a server shared evenly, whatever the lengths). Bursts widen it by the peakedness 1 + (cv^2 - 1) / (1 + service cv^2), clumps likewise, queues
 * decay as Kingman's 2 (capacity - rate) / (cv^2 + service cv^2). The rate must be below the station's full one.
 */
export function populationOf(station: Station, { rate, cv }: Stream): Population {
  const { seats, fullRate, serviceCv } = station
  const [arrival, service] = [cv * cv, serviceCv * serviceCv]
  const peaked = Math.max(0.1, 1 + (arrival + station.clump - 2) / (1 + service))
  const ratio = (departures: number, spread: number) => rate / Math.max(rate / 100, rate + (departures - rate) / spread)
  const growth = (k: number) => ratio(station.rate(k), peaked)
  const mode = modeOf(station, rate)
  const below: number[] = []
  for (let [k, weight] = [mode, 1]; k > 0; k--) {
    weight /= growth(k)
    if (weight < negligible) break
    below.push(weight)
  }
  const above: number[] = []
  let weight = 1
  let k = mode
  while (k < seats && (weight >= negligible || k <= mode + 1)) {
    above.push(weight)
    k++
    weight *= growth(k)
  }
  const decay = ratio(fullRate, Math.max(0.1, (arrival + service) / 2))
  const full = k === seats ? weight / (1 - decay) : 0
  const weights = [...below.reverse(), ...above]
  const total = weights.reduce((sum, w) => sum + w, 0) + full
  return { from: mode - below.length, chances: weights.map((w) => w / total), full: full / total, decay }
}

/** The most requests that together finish no faster than others arrive. */
function modeOf(station: Station, rate: number): number {
  let [low, high] = [0, station.seats]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (station.rate(middle) <= rate) low = middle
    else high = middle - 1
  }
  return low
}

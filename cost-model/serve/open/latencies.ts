/** Latencies of requests, seconds, each standing for a share of all; of tokens the intervals between two, likewise. */
export interface Latencies {
  readonly ttft: readonly number[]
  readonly tpot: readonly number[]
  readonly e2e: readonly number[]
  readonly shares: readonly number[]
  /** Number of the class of each. */
  readonly classOf: readonly number[]
  readonly itl: readonly number[]
  readonly itlShares: readonly number[]
}

/** What a percentile can be taken of. ITL is the interval between two steps that give a request tokens. */
export type Latency = 'ttft' | 'tpot' | 'e2e' | 'itl'

/** Bounds of a service-level objective, seconds; absent: none. */
export interface Slo {
  readonly ttft?: number | undefined
  readonly tpot?: number | undefined
  readonly e2e?: number | undefined
}

/** The values that these shares (0 to 1, ascending) of requests, or of tokens, do not exceed. */
export function quantiles(latencies: Latencies, of: Latency, shares: readonly number[]): readonly number[] {
  const [values, weights] = of === 'itl' ? [latencies.itl, latencies.itlShares] : [latencies[of], latencies.shares]
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let [i, sum] = [-1, 0]
  return shares.map((share) => {
    while (i < order.length - 1 && sum < share * total * (1 - 1e-12)) sum += weights[order[++i]!]!
    return values[order[Math.max(0, i)]!] ?? 0
  })
}

/** Mean over requests. */
export function mean(latencies: Latencies, of: Exclude<Latency, 'itl'>): number {
  let [sum, total] = [0, 0]
  for (const [i, share] of latencies.shares.entries()) {
    sum += share * latencies[of][i]!
    total += share
  }
  return sum / total
}

/** Share of requests that meet every bound at once, those of their class where it has some: goodput is this times the rate. */
export function shareMeeting(
  { ttft, tpot, e2e, shares, classOf }: Latencies,
  slo: Slo,
  ofClass: readonly (Slo | undefined)[] = [],
): number {
  let [met, total] = [0, 0]
  for (const [i, share] of shares.entries()) {
    total += share
    const { ttft: first = Infinity, tpot: next = Infinity, e2e: all = Infinity } = ofClass[classOf[i]!] ?? slo
    if (ttft[i]! <= first && tpot[i]! <= next && e2e[i]! <= all) met += share
  }
  return met / total
}

/** The least of the shares that meet each bound by itself: the percentile of every latency is within its bound where this reaches it. */
export function shareMeetingEach(latencies: Latencies, slo: Slo): number {
  return Math.min(
    ...(['ttft', 'tpot', 'e2e'] as const).map((of) => (slo[of] === undefined ? 1 : shareMeeting(latencies, { [of]: slo[of] }))),
  )
}

import type { Load } from '../../../cost-model/serve/load.ts'
import { type Replayed, replay } from '../../../cost-model/serve/replay/replay.ts'
import { drawRequests, type Requests } from '../../../cost-model/serve/replay/requests.ts'
import type { TooLong } from '../../../cost-model/serve/replay/too-long.ts'
import { makeRng } from '../../../spaces/rng.ts'
import type { Point } from './points.ts'
import type { Spec } from './spec.ts'

/** What a replay does once it has warmed up and before it runs empty: seconds; percentiles by rank of the sorted values. */
export interface Steady {
  readonly requestsPerSecond: number
  readonly ttft: Float64Array
  /** Of requests with more than one token; and its mean over tokens. */
  readonly tpot: Float64Array
  readonly tpotOfTokens: number
  readonly e2e: Float64Array
  /** Share of requests within these bounds. */
  readonly meeting: (ttft: number, tpot: number) => number
}

/** Requests that finish while the replica is as full as it ever will be: in a steady state they are as those that arrive then. */
function steadyOf({ records: { arrival, first, finish }, requests: { osl } }: Replayed, from: number, to: number): Steady {
  const counted = [...finish.keys()].filter((i) => finish[i]! > from && finish[i]! <= to)
  const several = counted.filter((i) => osl[i]! > 1)
  const decode = (i: number) => finish[i]! - first[i]!
  const sum = (of: readonly number[], value: (i: number) => number) => of.reduce((total, i) => total + value(i), 0)
  const sorted = (of: readonly number[], value: (i: number) => number) => Float64Array.from(of, value).sort()
  const ttft = (i: number) => first[i]! - arrival[i]!
  const tpot = (i: number) => decode(i) / Math.max(1, osl[i]! - 1)
  return {
    requestsPerSecond: counted.length / (to - from),
    ttft: sorted(counted, ttft),
    tpot: sorted(several, tpot),
    tpotOfTokens: sum(several, decode) / sum(several, (i) => osl[i]! - 1),
    e2e: sorted(counted, (i) => finish[i]! - arrival[i]!),
    meeting: (first, next) => counted.filter((i) => ttft(i) <= first && tpot(i) <= next).length / counted.length,
  }
}

/** A measured steady state, and the load with the moments of the requests that were really drawn, so that chance in these is no error. */
export interface Measured {
  readonly steady: Steady
  readonly load: Load
}

/** A closed loop whose first requests have random parts of their outputs left, so that it does not start in lock-step. */
export function measureClosed(point: Point, { requests: sizes }: Spec): Measured | TooLong {
  const { plan, replica, load, seed } = point
  const slots = plan.batch
  const count = 3 * slots + Math.max(sizes.closed, sizes.perSlot * slots)
  const requests = draw(point, count)
  const rng = makeRng(seed, 4)
  const osl = requests.osl.map((tokens, i) => (i < slots ? Math.max(1, Math.round(tokens * rng.uniform())) : tokens))
  const replayed = replay({ ...replica, requests: { ...requests, osl }, arrivals: { kind: 'closed', concurrency: slots, ramp: 0 }, seed })
  if (replayed.kind === 'too-long') return replayed
  // From when each slot has served two requests until the last request comes.
  const ends = replayed.records.finish.toSorted()
  return { steady: steadyOf(replayed, ends[2 * slots - 1]!, replayed.records.arrival[count - 1]!), load: drawnLoad(load, requests) }
}

/** The same replica, at most the plan's batch at once, with Poisson arrivals. */
export function measureOpen(point: Point, rate: number, { requests: sizes }: Spec): Measured | TooLong {
  const { replica, load, seed, plan } = point
  const requests = draw(point, sizes.open)
  const { attentionDp, pp } = plan.layout
  const engine = { ...replica.engine, seats: pp * Math.ceil(plan.batch / attentionDp / pp) }
  const replayed = replay({ ...replica, engine, requests, arrivals: { kind: 'poisson', rate }, seed })
  if (replayed.kind === 'too-long') return replayed
  const { arrival } = replayed.records
  const steady = steadyOf(replayed, arrival[Math.floor(sizes.warm * sizes.open)]!, arrival[sizes.open - 1]!)
  return { steady, load: drawnLoad(load, requests) }
}

function draw({ scenario: { workload }, seed }: Point, count: number): Requests {
  return drawRequests({ kind: 'drawn', isl: workload.isl, osl: workload.osl }, count, workload.prefixHit, seed)
}

function drawnLoad(load: Load, { isl, osl, cached }: Requests): Load {
  const [prompt, output] = [moments(isl), moments(osl)]
  const prefixHit = moments(cached).mean / prompt.mean
  return { ...load, isl: prompt.mean, islCv: prompt.cv, osl: output.mean, oslCv: output.cv, prefixHit }
}

function moments(values: Int32Array): { readonly mean: number; readonly cv: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, cv: Math.sqrt(variance) / mean }
}

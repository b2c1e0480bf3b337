import { at, capacityLimits } from './column.ts'
import { seated, serveLoaded } from './loaded.ts'
import { type Put, putServing, type Rates } from './row.ts'
import type { Scenario } from './scenario.ts'
import { decodedTokens, type Load, type StepFunction } from './serve/load.ts'
import { splitStream } from './serve/open/arrivals.ts'
import { classUse } from './serve/open/class-slo.ts'
import { type Latencies, quantiles, shareMeeting } from './serve/open/latencies.ts'
import { sloCapacity } from './serve/open/slo-capacity.ts'

/** Serves what comes to a plan, in closed loop or as it arrives, and writes its columns. The last step it times is a decode of its load. */
export function putLoaded(put: Put, scenario: Scenario, load: Load, step: StepFunction, replicas: number, gpus: number): Rates {
  const { arrivals, asked } = scenario
  if (asked?.capacity) {
    const { cv } = splitStream(arrivals ?? { rate: 0, cv: 1 }, replicas)
    put(at.slo_capacity_req_s, replicas * sloCapacity(seated(load), cv, asked.slo, step))
  }
  const loaded = serveLoaded(scenario, load, step, replicas)
  const putAsked = (latencies: Latencies | undefined, perReplica: number) => {
    if (latencies !== undefined) putLatencies(put, latencies, load, asked?.slo ?? {}, replicas * perReplica)
  }
  switch (loaded.kind) {
    case 'closed':
      putAsked(loaded.latencies, loaded.served.requestsPerSecond)
      return putServing(put, loaded.served, load, replicas, gpus)
    case 'benchmark': {
      const { served, shown, latencies } = loaded
      if (asked !== undefined) putAsked(latencies, served.requestsPerSecond)
      const rates = putServing(put, { ...served, ...shown }, load, replicas, gpus)
      // What a percentile is shown of stays the mean in its system.
      put(at.concurrency, replicas * served.requestsPerSecond * served.e2e)
      return rates
    }
    case 'open': {
      const { served, stream } = loaded
      putAsked(served.latencies, stream.rate)
      return putServing(put, { ...served, requestsPerSecond: stream.rate }, load, replicas, gpus)
    }
    case 'overloaded': {
      // It works at its capacity; nobody waits a definite time.
      const none = { ttft: Number.NaN, tpot: Number.NaN, e2e: Number.NaN, running: loaded.seats }
      put(at.capacity_bound, capacityLimits.indexOf(loaded.served.by))
      return putServing(put, { ...none, requestsPerSecond: loaded.served.rate }, load, replicas, gpus)
    }
  }
}

const shares = [0.5, 0.9, 0.95, 0.99]

/** Percentiles over requests; goodput where there is an SLO, of `requests` per second at the whole fleet. */
export function putLatencies(
  put: Put,
  latencies: Latencies,
  load: Pick<Load, 'osl'>,
  slo: NonNullable<Scenario['asked']>['slo'],
  requests: number,
): void {
  const places = {
    ttft: [at.ttft_ms_p50, at.ttft_ms_p90, at.ttft_ms_p95, at.ttft_ms_p99],
    tpot: [at.tpot_ms_p50, at.tpot_ms_p90, at.tpot_ms_p95, at.tpot_ms_p99],
    e2e: [at.e2e_ms_p50, at.e2e_ms_p90, at.e2e_ms_p95, at.e2e_ms_p99],
  }
  const decodes = decodedTokens(load) > 0
  for (const of of ['ttft', 'tpot', 'e2e'] as const) {
    if (of === 'tpot' && !decodes) continue
    for (const [i, value] of quantiles(latencies, of, shares).entries()) put(places[of][i]!, value)
  }
  const itl = [at.itl_ms_p50, at.itl_ms_p90, at.itl_ms_p95, at.itl_ms_p99]
  if (decodes && latencies.itl.length > 0) for (const [i, value] of quantiles(latencies, 'itl', shares).entries()) put(itl[i]!, value)
  const { ttft, tpot, e2e, classes } = slo
  const use = classUse(latencies, classes ?? [])
  if (use !== undefined) {
    put(at.class_slo_use, use.use)
    put(at.class_slo_worst, use.worst)
  }
  const bounded = use !== undefined || ttft !== undefined || tpot !== undefined || e2e !== undefined
  if (bounded) put(at.goodput_req_s, requests * shareMeeting(latencies, slo, classes))
}

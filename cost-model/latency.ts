import type { Benchmark } from '../spaces/benchmark.ts'
import { at, capacityLimits } from './column.ts'
import { type Put, putServing, type Rates } from './row.ts'
import type { Scenario } from './scenario.ts'
import { serveBenchmark } from './serve/benchmark.ts'
import { serveColocated } from './serve/colocated.ts'
import { decodedTokens, type Load, type StepFunction } from './serve/load.ts'
import { splitStream } from './serve/open/arrivals.ts'
import { classUse } from './serve/open/class-slo.ts'
import { closedLatencies } from './serve/open/closed.ts'
import { type Latencies, quantiles, shareMeeting } from './serve/open/latencies.ts'
import { serveOpen } from './serve/open/open.ts'
import { sloCapacity } from './serve/open/slo-capacity.ts'
import { noPrompts, shapeOf } from './serve/shape.ts'
import { benchmarkLatencies, printed } from './serve/statistic.ts'

/** Serves what comes to a plan, in closed loop or as it arrives, and writes its columns. The last step it times is a decode of its load. */
export function putLoaded(put: Put, scenario: Scenario, load: Load, step: StepFunction, replicas: number, gpus: number): Rates {
  const { arrivals, asked, workload } = scenario
  const stream = () => splitStream(arrivals ?? { rate: 0, cv: 1 }, replicas)
  // The batch of a plan is the most requests its replicas run at once.
  const seat = () => ({ ...load, seats: Math.min(load.seats, load.concurrency) })
  if (asked?.capacity) put(at.slo_capacity_req_s, replicas * sloCapacity(seat(), stream().cv, asked.slo, step))
  if (arrivals === undefined && workload.benchmark !== undefined)
    return putBenchmark(put, scenario, workload.benchmark, load, step, replicas, gpus)
  if (arrivals === undefined) {
    const latencies = asked === undefined ? undefined : closedLatencies(load, step)
    const served = serveColocated(load, step)
    if (latencies !== undefined) putLatencies(put, latencies, load, asked?.slo ?? {}, replicas * served.requestsPerSecond)
    return putServing(put, served, load, replicas, gpus)
  }
  const [seated, split] = [seat(), stream()]
  const served = serveOpen(seated, split, step)
  step(shapeOf(load, noPrompts, served.kind === 'steady' ? Math.max(1, served.running) : seated.seats))
  if (served.kind === 'steady') {
    const rates = putServing(put, { ...served, requestsPerSecond: split.rate }, load, replicas, gpus)
    putLatencies(put, served.latencies, load, asked?.slo ?? {}, arrivals.rate)
    return rates
  }
  // It works at its capacity; nobody waits a definite time.
  const none = { ttft: Number.NaN, tpot: Number.NaN, e2e: Number.NaN, running: seated.seats }
  put(at.capacity_bound, capacityLimits.indexOf(served.by))
  return putServing(put, { ...none, requestsPerSecond: served.rate }, load, replicas, gpus)
}

/** What a benchmark of the plan prints; `concurrency` stays the mean in its system. */
function putBenchmark(
  put: Put,
  { engine, asked }: Scenario,
  benchmark: Benchmark,
  load: Load,
  step: StepFunction,
  replicas: number,
  gpus: number,
): Rates {
  const means = serveBenchmark(load, benchmark, engine.scheduler, step)
  const { statistic } = benchmark
  const latencies = asked !== undefined || statistic !== 'mean' ? benchmarkLatencies(load, means, step) : undefined
  const requests = replicas * means.requestsPerSecond
  if (asked !== undefined && latencies !== undefined) putLatencies(put, latencies, load, asked.slo, requests)
  step(shapeOf(load, noPrompts, Math.max(1, means.running)))
  const shown = latencies === undefined || statistic === 'mean' ? means : printed(latencies, statistic)
  const rates = putServing(put, { ...means, ...shown }, load, replicas, gpus)
  put(at.concurrency, requests * means.e2e)
  return rates
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
  if (decodes && latencies.itl.length > 0) put(at.itl_ms_p99, quantiles(latencies, 'itl', [0.99])[0]!)
  const { ttft, tpot, e2e, classes } = slo
  const use = classUse(latencies, classes ?? [])
  if (use !== undefined) {
    put(at.class_slo_use, use.use)
    put(at.class_slo_worst, use.worst)
  }
  const bounded = use !== undefined || ttft !== undefined || tpot !== undefined || e2e !== undefined
  if (bounded) put(at.goodput_req_s, requests * shareMeeting(latencies, slo, classes))
}

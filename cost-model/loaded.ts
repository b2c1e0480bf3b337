import type { Scenario } from './scenario.ts'
import { type Benchmarked, serveBenchmark } from './serve/benchmark.ts'
import { type Serving, serveColocated } from './serve/colocated.ts'
import type { Load, StepFunction } from './serve/load.ts'
import { type Stream, splitStream } from './serve/open/arrivals.ts'
import { closedLatencies } from './serve/open/closed.ts'
import type { Latencies } from './serve/open/latencies.ts'
import { type OpenServing, type Overloaded, serveOpen } from './serve/open/open.ts'
import { noPrompts, shapeOf } from './serve/shape.ts'
import { benchmarkLatencies, printed } from './serve/statistic.ts'

/** A replica under what comes to it. `latencies`: of requests, where a study or the statistic of a benchmark asks for them. */
export type Loaded =
  | { readonly kind: 'closed'; readonly served: Serving; readonly latencies: Latencies | undefined }
  | {
      readonly kind: 'benchmark'
      readonly served: Benchmarked
      readonly latencies: Latencies | undefined
      /** What it prints of TTFT, TPOT and E2E: means, or a percentile of each. */
      readonly shown: Pick<Benchmarked, 'ttft' | 'tpot' | 'e2e'>
    }
  | { readonly kind: 'open'; readonly stream: Stream; readonly served: OpenServing }
  | { readonly kind: 'overloaded'; readonly stream: Stream; readonly seats: number; readonly served: Overloaded }

/**
 * The arrivals of the scenario, or the benchmark of its workload, or a closed loop of the plan's batch, at one of `replicas`. The last step it
 * times is a decode of that load.
 */
export function serveLoaded(scenario: Scenario, load: Load, step: StepFunction, replicas: number): Loaded {
  const { arrivals, asked, workload, engine } = scenario
  if (arrivals !== undefined) return serveArrivals(seated(load), splitStream(arrivals, replicas), step)
  if (workload.benchmark === undefined) {
    const latencies = asked === undefined ? undefined : closedLatencies(load, step)
    return { kind: 'closed', served: serveColocated(load, step), latencies }
  }
  const { statistic } = workload.benchmark
  const served = serveBenchmark(load, workload.benchmark, engine.scheduler, step)
  const latencies = asked !== undefined || statistic !== 'mean' ? benchmarkLatencies(load, served, step) : undefined
  const shown = latencies === undefined || statistic === 'mean' ? served : printed(latencies, statistic)
  step(shapeOf(load, noPrompts, Math.max(1, served.running)))
  return { kind: 'benchmark', served, latencies, shown }
}

/** The batch of a plan is the most requests its replicas run at once, whatever the engine has seats for. */
export function seated(load: Load): Load {
  return { ...load, seats: Math.min(load.seats, load.concurrency) }
}

function serveArrivals(load: Load, stream: Stream, step: StepFunction): Loaded {
  const served = serveOpen(load, stream, step)
  step(shapeOf(load, noPrompts, served.kind === 'steady' ? Math.max(1, served.running) : load.seats))
  return served.kind === 'steady' ? { kind: 'open', stream, served } : { kind: 'overloaded', stream, seats: load.seats, served }
}

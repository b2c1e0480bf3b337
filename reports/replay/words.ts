import type { Arrivals } from '../../cost-model/serve/replay/arrivals.ts'
import type { ReplayOutcome } from '../../optimizer/replay.ts'
import { percent, time } from '../explain-text/quantity.ts'
import { printGrouped, printNumber } from '../number.ts'

export type Done = Extract<ReplayOutcome, { readonly kind: 'replayed' }>

/** `closed loop at 40 requests, all at once at first; 400 requests to one of 16 replicas, seed 1` */
export function describeLoad({ arrivals, replayed, replicas, simulated, routing, seed, workers }: Done): string {
  const { isl, cached } = replayed.requests
  const part = simulated > 1 ? `to ${simulated} replicas, ${routing}` : `to one of ${replicas} replicas`
  const apart =
    workers && `to ${workers.prefill} prefill and ${workers.decode} decode ${workers.decode === 1 ? 'worker' : 'workers'}, ${routing}`
  const one = apart !== undefined ? apart : replicas === 1 ? 'to the one replica' : part
  const share = sum(cached) / sum(isl)
  const hits = share > 0 ? `, ${percent(share)} of their prompts in a prefix cache` : ''
  return `${describeArrivals(arrivals)}; ${printGrouped(isl.length)} requests ${one}${hits}; seed ${seed}`
}

function sum(tokens: Int32Array): number {
  return tokens.reduce((total, n) => total + n, 0)
}

function describeArrivals(arrivals: Arrivals): string {
  switch (arrivals.kind) {
    case 'closed':
      return `closed loop at ${arrivals.concurrency} requests, ${arrivals.ramp === 0 ? 'all at once at first' : `over ${time(arrivals.ramp)} at first`}`
    case 'poisson':
      return `Poisson arrivals at ${printNumber(arrivals.rate, 4)} requests/s`
    case 'gamma':
      return `Gamma arrivals at ${printNumber(arrivals.rate, 4)} requests/s, CV ${arrivals.cv}`
    case 'ramp':
      return `arrivals from ${printNumber(arrivals.from, 4)} to ${printNumber(arrivals.to, 4)} requests/s`
    case 'part':
      return `a part of ${describeArrivals(arrivals.of)} at ${arrivals.replicas} replicas, ${arrivals.routing}`
    case 'trace':
      return 'arrivals of the trace'
  }
}

/** What the replica delivers, line by line. */
export function describeRates({ summary, classes, slo, replayed, simulated, workers }: Done): readonly string[] {
  const limits = [
    ...(Number.isFinite(slo.ttft ?? Number.POSITIVE_INFINITY) ? [`TTFT <= ${time(slo.ttft!)}`] : []),
    ...(Number.isFinite(slo.tpot ?? Number.POSITIVE_INFINITY) ? [`TPOT <= ${time(slo.tpot!)}`] : []),
    ...(Number.isFinite(slo.e2e ?? Number.POSITIVE_INFINITY) ? [`end to end <= ${time(slo.e2e!)}`] : []),
  ]
  return [
    `${printNumber(summary.requestsPerSecond, 4)} requests/s and ${printNumber(summary.outputTokensPerSecond, 5)} output tokens/s ${workers !== undefined ? 'of all workers' : simulated > 1 ? `of ${simulated} replicas` : 'per replica'}`,
    ...(limits.length === 0 && classes.length === 0
      ? []
      : [
          `goodput ${printNumber(summary.goodput, 4)} requests/s: ${percent(summary.attainment)} within ${classes.length > 0 ? 'the SLO of their class' : limits.join(' and ')}`,
        ]),
    ...classes.map(describeClass),
    `${printGrouped(summary.preemptions)} preemptions; ${time(summary.makespan)} in ${printGrouped(replayed.steps)} steps`,
  ]
}

function describeClass({ name, requests, ttft, tpot, attainment }: Done['classes'][number]): string {
  const figures = `p95 TTFT ${time(ttft.p95)}, p95 TPOT ${time(tpot.p95)}`
  return `${name}: ${printGrouped(requests)} requests, ${figures}, ${percent(attainment)} within their SLO`
}

export function describeOverload({ overload, simulated, workers }: Done): string | undefined {
  if (overload === undefined) return undefined
  const { offered, capacity, waiting } = overload
  const to = workers !== undefined ? 'workers that serve' : simulated > 1 ? `${simulated} replicas that serve` : 'a replica that serves'
  return `overloaded: ${printNumber(offered, 4)} requests/s came to ${to} ${printNumber(capacity, 4)}; ${printGrouped(waiting)} waited when the last came, so the times grow with the length of the run`
}

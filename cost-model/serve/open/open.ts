import type { Weakness } from '../../column.ts'
import { computedPrompt, decodedTokens, type StepFunction, tokensPerStep } from '../load.ts'
import type { OpenLoad, Stream } from './arrivals.ts'
import { type Capacity, capacityOf } from './capacity.ts'
import { type FullReplica, fullReplica } from './full.ts'
import { type Latencies, mean } from './latencies.ts'
import { around, mix, mixtureOf } from './mix.ts'
import { paceOf } from './pace.ts'
import { populationOf, type Station } from './population.ts'
import { block, draws } from './random.ts'
import type { Requests } from './requests.ts'
import { runOf } from './run.ts'

/** Steady state of one replica under arrivals: seconds; TPOT is weighted by tokens, so that Little's law holds. */
export interface OpenServing {
  readonly kind: 'steady'
  readonly ttft: number
  readonly tpot: number
  /** TTFT + (output tokens - 1) x TPOT. */
  readonly e2e: number
  /** Requests in the system: rate x E2E; and those of them that hold a seat. */
  readonly concurrency: number
  readonly running: number
  /** The part of the TTFT that is a wait for a seat. */
  readonly queue: number
  /**
   * Close to capacity, half way to it where prompts bound that, KV close to running out, or prompts of many steps at several schedulers: the form is
   * least sure there.
   */
  readonly weak: Weakness | undefined
  readonly latencies: Latencies
}

/** More arrives than is ever served: there is no steady state, only the capacity that is exceeded. */
export interface Overloaded extends Capacity {
  readonly kind: 'overloaded'
}

/** Requests that tell how fast so many decode; and that latencies are taken of, over all numbers of them. */
const few = block
const most = draws

/**
 * A replica in open loop: for some numbers of requests that decode, the steps that arrivals lead to beside them; how often there are so many
 * follows from how fast they then finish. Errors against a stepwise simulation: test/cost-model/serve/open/open.test.ts.
 */
export function serveOpen(load: OpenLoad, stream: Stream, step: StepFunction, full = fullReplica(load, step)): OpenServing | Overloaded {
  if (stream.rate >= full.rate) return { kind: 'overloaded', ...capacityOf(load, step) }
  const tokens = decodedTokens(load)
  const gain = tokensPerStep(load.speculation)
  const runAt = remembered((k) => runBeside({ ...load, concurrency: k }, stream, step, few))
  const intervalAt = (k: number) => {
    const [below, above, share] = around(k, full.seats)
    const low = runAt(below).interval
    return share === 0 ? low : low + share * (runAt(above).interval - low)
  }
  const stationOf = (seats: number): Station => ({
    seats,
    rate: (k) => (tokens === 0 ? k : (k * gain) / (tokens * intervalAt(k))),
    fullRate: full.rate,
    serviceCv: full.serviceCv,
    clump: clumpOf(load, stream, step),
  })
  // Requests in prefill hold seats too.
  const whole = populationOf(stationOf(full.seats), stream)
  const prefilling = stream.rate * average(runAt(around(Math.min(full.seats, whole.from + 1), full.seats)[0]).ttft)
  const seats = Math.max(1, full.seats - Math.floor(prefilling))
  const station = stationOf(seats)
  const population = whole.from + whole.chances.length < seats ? whole : populationOf(station, stream)
  const mixture = mixtureOf(population, station, full.tpot * gain, Math.min(seats, load.pp * load.attentionDp))
  // As many requests of each number as its share of all: tails come from where most are.
  const final = remembered((k) => {
    const requests = block * Math.ceil((most / block) * (mixture.shares.get(k) ?? 0))
    return requests > few ? runBeside({ ...load, concurrency: k }, stream, step, requests) : runAt(k)
  })
  const latencies = mix(mixture, final, load.perRequest)
  const queue = mixture.full.share * mixture.full.wait.mean
  let interval = mixture.full.share * mixture.full.pace
  for (const [k, share] of mixture.shares) interval += share * final(k).interval
  const ttft = mean(latencies, 'ttft')
  const tpot = tokens > 0 ? interval / gain : 0
  const e2e = ttft + tokens * tpot
  return {
    kind: 'steady',
    ttft,
    tpot,
    e2e,
    concurrency: stream.rate * e2e,
    running: stream.rate * (e2e - queue - load.perRequest),
    queue,
    weak: weaknessOf(load, stream.rate / full.rate, full, population.full),
    latencies,
  }
}

/** Steps of a prompt from which on several schedulers that share steps or stages are further from the replay than elsewhere. */
const longPrompt = 2

function weaknessOf(load: OpenLoad, share: number, { prefillBound, kvBound }: FullReplica, waiting: number): Weakness | undefined {
  if (share > (prefillBound ? 0.5 : 0.85)) return 'overload edge'
  if (kvBound && waiting > 0.01) return 'kv'
  return load.pp * load.attentionDp > 1 && computedPrompt({ ...load, concurrency: 1 }) > longPrompt * load.chunk ? 'knee' : undefined
}

/** Requests that come while k - 1 others decode. */
function runBeside(load: OpenLoad & { readonly concurrency: number }, stream: Stream, step: StepFunction, requests: number): Requests {
  return runOf(load, load.concurrency - 1, { kind: 'open', stream }, step, requests)
}

function remembered(make: (k: number) => Requests): (k: number) => Requests {
  const known = new Map<number, Requests>()
  return (k) => {
    const found = known.get(k) ?? make(k)
    known.set(k, found)
    return found
  }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

/**
 * Where prompts stall decodes, all prompts of a busy period begin to decode together: M/G/1 with utilisation u serves 1 / (1 - u) of them, of
 * variance (u (1 - u) + u^2 (1 + cv^2)) / (1 - u)^3.
 */
function clumpOf(load: OpenLoad, { rate }: Stream, step: StepFunction): number {
  if (load.scheduler.mixedSteps) return 1
  const prompt = computedPrompt({ ...load, concurrency: 1 })
  const u = Math.min(
    0.9,
    (rate / load.attentionDp) *
      prompt *
      (paceOf({ ...load, concurrency: 1 }, 0, step).period(Math.min(load.chunk, prompt), 0) / Math.min(load.chunk, prompt)),
  )
  return (u * (1 - u) + u * u * (1 + load.islCv * load.islCv)) / (1 - u) ** 2 + 1 / (1 - u)
}

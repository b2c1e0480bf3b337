import { evaluate, type Values } from '../../../cost-model/evaluate.ts'
import type { Scenario } from '../../../cost-model/scenario.ts'
import type { Arrivals } from '../../../cost-model/serve/replay/arrivals.ts'
import { gapDistribution } from '../../../cost-model/serve/replay/gaps.ts'
import { makePairReplicas } from '../../../cost-model/serve/replay/pair/plan.ts'
import { type PairReplayed, replayPair } from '../../../cost-model/serve/replay/pair/replay-pair.ts'
import { drawRequests, type Requests } from '../../../cost-model/serve/replay/requests.ts'
import { type Distribution, quantile } from '../../../cost-model/serve/replay/summary.ts'
import type { Length } from '../../../spaces/length.ts'
import { planKey } from '../../../spaces/plan-key.ts'
import { makeRng } from '../../../spaces/rng.ts'
import type { Loop } from './compare.ts'
import type { PairPoint } from './pair-points.ts'
import type { Spec } from './spec.ts'

/** How far the closed form of a pair is from the replay: form / replay - 1, by quantity. */
export interface ComparedPair {
  readonly loop: Loop
  readonly at: string
  /** Pipeline stages of a prefill worker. */
  readonly pp: number
  readonly errors: ReadonlyMap<string, number>
}

/** Both loops of one pair; a loop that the form refuses, or that a drawn request does not fit, gives nothing. */
export function comparePairAt(point: PairPoint, spec: Spec): readonly ComparedPair[] {
  const { plan, seed, share, scenario } = point
  const sizes = spec.requests
  const { pp } = plan.prefill.layout
  const batch = plan.decode.batch * plan.decodeWorkers
  const requests = draw(scenario, Math.max(sizes.closed, sizes.perSlot * batch) + 4 * batch, seed)
  const closed: Scenario = { ...scenario, workload: drawnWorkload(scenario, requests), asked: { capacity: false, slo: {} } }
  const form = evaluate(closed, plan)
  if (form.kind !== 'ok') return []
  const { req_s, concurrency } = form.values
  const slots = Math.max(1, Math.round(concurrency))
  const loop = run(point, closed, spread(requests, slots, seed), { kind: 'closed', concurrency: slots, ramp: 0 })
  const at = `${scenario.engine.id} ${scenario.model.id.split('/').at(-1)} ${planKey(plan)}`
  const found: ComparedPair[] = []
  if (loop !== undefined) {
    const ends = loop.records.finish.toSorted()
    const measured = between(
      loop,
      ends[2 * slots - 1]!,
      loop.records.arrival.reduce((a, b) => Math.max(a, b)),
    )
    found.push({ loop: 'closed', pp, at: `${at}, ${slots} requests`, errors: errorsOf(form.values, measured) })
  }
  const rate = share * req_s
  const stream: Scenario = { ...closed, arrivals: { rate, cv: 1 } }
  const open = evaluate(stream, plan)
  const arrived = open.kind === 'ok' ? run(point, stream, requests, { kind: 'poisson', rate }) : undefined
  if (arrived !== undefined && open.kind === 'ok') {
    const { arrival } = arrived.records
    const measured = between(arrived, arrival[Math.floor(sizes.warm * arrival.length)]!, arrival.at(-1)!)
    const errors = errorsOf(open.values, measured)
    errors.delete('throughput')
    found.push({ loop: 'open', pp, at: `${at} at ${rate.toPrecision(3)}/s`, errors })
  }
  return found
}

function run({ plan, seed }: PairPoint, scenario: Scenario, requests: Requests, arrivals: Arrivals): PairReplayed | undefined {
  const pair = makePairReplicas(scenario)(plan, arrivals.kind !== 'closed')
  if (!('kind' in pair)) return undefined
  const replayed = replayPair({ ...pair.input, requests, arrivals, seed })
  return replayed.kind === 'replayed' ? replayed : undefined
}

interface Measured {
  readonly requestsPerSecond: number
  readonly ttft: number
  readonly tpot: number
  readonly sorted: Readonly<Record<'ttft' | 'tpot' | 'e2e', Float64Array>>
  /** Of the whole run. */
  readonly itl: Distribution
}

function sorted(of: readonly number[], value: (i: number) => number): Float64Array {
  return Float64Array.from(of, value).sort()
}

/** Of the requests that finish between two times; TPOT over tokens. */
function between({ gaps, records: { arrival, first, finish }, requests: { osl } }: PairReplayed, from: number, to: number): Measured {
  const counted = [...finish.keys()].filter((i) => finish[i]! > from && finish[i]! <= to)
  const sum = (value: (i: number) => number) => counted.reduce((total, i) => total + value(i), 0)
  return {
    requestsPerSecond: counted.length / (to - from),
    ttft: sum((i) => first[i]! - arrival[i]!) / counted.length,
    tpot: sum((i) => finish[i]! - first[i]!) / sum((i) => osl[i]! - 1),
    sorted: {
      ttft: sorted(counted, (i) => first[i]! - arrival[i]!),
      tpot: sorted(
        counted.filter((i) => osl[i]! > 1),
        (i) => (finish[i]! - first[i]!) / (osl[i]! - 1),
      ),
      e2e: sorted(counted, (i) => finish[i]! - arrival[i]!),
    },
    itl: gapDistribution(gaps),
  }
}

const shares = { p50: 0.5, p90: 0.9, p99: 0.99 } as const

function errorsOf(form: Values, measured: Measured): Map<string, number> {
  const errors = new Map([
    ['throughput', form.req_s / measured.requestsPerSecond - 1],
    ['tpot', form.tpot_ms / measured.tpot - 1],
    ['ttft', form.ttft_ms / measured.ttft - 1],
  ])
  for (const of of ['ttft', 'tpot', 'e2e'] as const) {
    for (const p of ['p50', 'p90', 'p99'] as const)
      errors.set(`${of} ${p}`, form[`${of}_ms_${p}`] / quantile(measured.sorted[of], shares[p]) - 1)
  }
  for (const p of ['p50', 'p90', 'p99'] as const) errors.set(`itl ${p}`, form[`itl_ms_${p}`] / measured.itl[p] - 1)
  return errors
}

function draw({ workload: { isl, osl, prefixHit } }: Scenario, count: number, seed: number): Requests {
  return drawRequests({ kind: 'drawn', isl, osl }, count, prefixHit, seed)
}

/** First outputs in part: the loop does not start in lock-step. */
function spread(requests: Requests, slots: number, seed: number): Requests {
  const rng = makeRng(seed, 4)
  return { ...requests, osl: requests.osl.map((tokens, i) => (i < slots ? Math.max(1, Math.round(tokens * rng.uniform())) : tokens)) }
}

/** The workload with the moments of what was really drawn, so that chance in these is no error. */
function drawnWorkload({ workload }: Scenario, { isl, osl, cached }: Requests): Scenario['workload'] {
  const sum = (values: Int32Array) => values.reduce((total, value) => total + value, 0)
  return { ...workload, isl: momentsOf(isl), osl: momentsOf(osl), prefixHit: sum(cached) / sum(isl) }
}

function momentsOf(values: Int32Array): Length {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return variance === 0 ? { kind: 'fixed', tokens: mean } : { kind: 'lognormal', mean, cv: Math.sqrt(variance) / mean }
}

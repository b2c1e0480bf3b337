import { serveColocated } from '../../../cost-model/serve/colocated.ts'
import { closedLatencies } from '../../../cost-model/serve/open/closed.ts'
import { fullReplica } from '../../../cost-model/serve/open/full.ts'
import { type Latencies, quantiles, shareMeeting } from '../../../cost-model/serve/open/latencies.ts'
import { serveOpen } from '../../../cost-model/serve/open/open.ts'
import { quantile } from '../../../cost-model/serve/replay/summary.ts'
import { planKey } from '../../../spaces/plan-key.ts'
import type { Point } from './points.ts'
import type { Spec } from './spec.ts'
import { type Measured, measureClosed, measureOpen, type Steady } from './steady.ts'

export type Loop = 'closed' | 'open'

/** How far the closed form is from the replay at one point: form / replay - 1, by quantity. */
export interface Compared {
  readonly loop: Loop
  readonly at: string
  readonly layout: 'one rank' | 'pipeline' | 'attention DP'
  /** Why the form is not asked to be right here; undefined: it is. */
  readonly excluded: string | undefined
  readonly errors: ReadonlyMap<string, number>
}

const shares = [0.5, 0.9, 0.95, 0.99]

/** Both loops at one point; a loop whose draw holds a request that never fits gives nothing. */
export function compareAt(point: Point, spec: Spec): readonly Compared[] {
  return [closedAt(point, spec), openAt(point, spec)].filter((one) => one !== undefined)
}

function closedAt(point: Point, spec: Spec): Compared | undefined {
  const measured = measureClosed(point, spec)
  if ('kind' in measured) return undefined
  const { load, steady } = measured
  const { step } = point.replica
  const served = serveColocated(load, step)
  const { ofKv } = spec.exclude
  const excluded = load.concurrency > ofKv * point.kvSlots ? 'kv' : served.weak
  const errors = errorsOf(steady, served, closedLatencies(load, step), served.requestsPerSecond)
  return { loop: 'closed', at: nameOf(point, measured), layout: layoutOf(point), excluded, errors }
}

function openAt(point: Point, spec: Spec): Compared | undefined {
  const { step } = point.replica
  // Every scheduler has as many seats.
  const schedulers = point.load.pp * point.load.attentionDp
  const seats = schedulers * Math.ceil(point.load.concurrency / schedulers)
  const rate = point.share * fullReplica({ ...point.load, seats }, step).rate
  const measured = measureOpen(point, rate, spec)
  if ('kind' in measured) return undefined
  const load = { ...measured.load, seats }
  const served = serveOpen(load, { rate, cv: 1 }, step)
  if (served.kind === 'overloaded') return undefined
  const at = `${nameOf(point, measured)} at ${(100 * point.share).toFixed(0)} % of ${(rate / point.share).toPrecision(3)}/s`
  const errors = errorsOf(measured.steady, served, served.latencies, rate)
  errors.delete('throughput')
  return { loop: 'open', at, layout: layoutOf(point), excluded: served.weak, errors }
}

function errorsOf(
  steady: Steady,
  means: { readonly ttft: number; readonly tpot: number },
  latencies: Latencies,
  requestsPerSecond: number,
): Map<string, number> {
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
  const errors = new Map([
    ['throughput', requestsPerSecond / steady.requestsPerSecond - 1],
    ['tpot', means.tpot / steady.tpotOfTokens - 1],
    ['ttft', means.ttft / mean(steady.ttft) - 1],
  ])
  for (const of of ['ttft', 'tpot', 'e2e'] as const) {
    for (const [i, value] of quantiles(latencies, of, shares).entries())
      errors.set(`${of} p${100 * shares[i]!}`, value / quantile(steady[of], shares[i]!) - 1)
  }
  // Bounds that three in four requests keep, each by itself.
  const bound = { ttft: quantile(steady.ttft, 0.75), tpot: quantile(steady.tpot, 0.75) }
  errors.set('goodput', shareMeeting(latencies, bound) / steady.meeting(bound.ttft, bound.tpot) - 1)
  return errors
}

function layoutOf({ load }: Point): Compared['layout'] {
  return load.pp > 1 ? 'pipeline' : load.attentionDp > 1 ? 'attention DP' : 'one rank'
}

function nameOf({ scenario, plan }: Point, { load }: Measured): string {
  const { isl, islCv, osl, oslCv, prefixHit } = load
  const lengths = `${isl.toFixed(0)}/${osl.toFixed(0)} (CV ${islCv.toFixed(1)}/${oslCv.toFixed(1)}, hit ${prefixHit.toFixed(1)})`
  return `${scenario.engine.id} ${scenario.model.id.split('/').at(-1)} ${planKey(plan)} ${lengths}`
}

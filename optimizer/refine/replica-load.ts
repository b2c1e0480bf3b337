import type { Scenario } from '../../cost-model/scenario.ts'
import { requestMoments } from '../../cost-model/serve/moments.ts'
import { splitStream } from '../../cost-model/serve/open/arrivals.ts'
import type { Arrivals } from '../../cost-model/serve/replay/arrivals.ts'
import { benchmarkOf, type Measured, steadyOf } from '../../cost-model/serve/replay/measured.ts'
import type { Replayed } from '../../cost-model/serve/replay/replay.ts'
import { drawMixture, type Requests } from '../../cost-model/serve/replay/requests.ts'
import type { Window } from '../../cost-model/serve/replay/window.ts'
import { makeRng } from '../../spaces/rng.ts'
import { classesOf } from '../../spaces/workload.ts'
import type { Deployment } from '../replay-load.ts'

/** What one replica is put through to see what the closed form predicts. */
export interface ReplicaLoad {
  readonly requests: Requests
  readonly arrivals: Arrivals
  readonly seed: number
  /** What gaps between tokens are taken of. */
  readonly window: Window
  /** What is measured of it; undefined: nothing came to a steady state. */
  measure(replayed: Replayed): Measured | undefined
}

/** All plans get the same requests: what chance does to one it does to all, and cancels where they are compared. */
const seed = 1

/** Requests looked at. */
const forPercentiles = 10_000
/** For means, where lengths do not vary; and more by the square of their coefficient of variation: a mean of so many is good to 2 %. */
const forMeans = 500
const forVaryingMeans = 2500
/** Requests that follow each other in one slot of a closed loop. */
const livesPerSlot = 5

/** Share of the arrivals of an open loop that fill the empty replica. */
const filling = 0.1

/**
 * One replica's share of what arrives; or the benchmark of the workload, as it is run (`e2e`: seconds that a request lives, of the closed
 * form); or a closed loop at the batch. The workers of a pair are one replica, whose batch is all that is in the system.
 */
export function replicaLoad({ workload, engine, arrivals, asked }: Scenario, { batch, replicas }: Deployment, e2e: number): ReplicaLoad {
  const draw = (count: number) => drawMixture(classesOf(workload), Math.ceil(count), seed)
  const { osl, islCv, oslCv } = requestMoments(workload)
  const { benchmark } = workload
  if (arrivals !== undefined) {
    const { rate, cv } = splitStream(arrivals, replicas)
    const count = forPercentiles / (1 - filling)
    const seconds = (filling * count) / rate
    const measure = (replayed: Replayed) => steadyOf(replayed, seconds, osl)
    return { requests: draw(count), arrivals: { kind: 'gamma', rate, cv }, seed, window: { seconds }, measure }
  }
  if (benchmark !== undefined) {
    const { promptsPerSlot, warmUp, burst } = benchmark
    const measure = (replayed: Replayed) => benchmarkOf(replayed, benchmark, batch, engine.scheduler)
    const requests = draw((promptsPerSlot + warmUp) * batch)
    // Those before it are met by the first that count: their tokens come in the same steps.
    const window = { came: Math.round(warmUp * batch), toEnd: true }
    return { requests, arrivals: { kind: 'closed', concurrency: batch, ramp: burst ? 0 : e2e }, seed, window, measure }
  }
  const cv = Math.max(islCv, oslCv)
  const wanted = asked === undefined ? Math.min(forPercentiles, forMeans + forVaryingMeans * cv * cv) : forPercentiles
  // Beside those looked at: two of each slot before, and those that run when the last one comes.
  const requests = spread(draw(Math.max(livesPerSlot * batch, wanted) + 3 * batch), batch)
  return {
    requests,
    arrivals: { kind: 'closed', concurrency: batch, ramp: 0 },
    seed,
    window: { finished: 2 * batch },
    measure: (replayed) => steadyOf(replayed, replayed.records.finish.toSorted()[2 * batch - 1]!, osl),
  }
}

/** The first request of each slot has a random part of its output left, so that the loop does not run in lock-step. */
function spread(requests: Requests, slots: number): Requests {
  const rng = makeRng(seed, 6)
  return { ...requests, osl: requests.osl.map((tokens, i) => (i < slots ? Math.max(1, Math.round(tokens * rng.uniform())) : tokens)) }
}

import type { Arrivals, Stream } from '../cost-model/serve/replay/arrivals.ts'
import { drawMixture, type Requests } from '../cost-model/serve/replay/requests.ts'
import { type Routing, replicasOf } from '../cost-model/serve/replay/route.ts'
import { InputError } from '../spaces/issue.ts'
import { classesOf } from '../spaces/workload.ts'
import type { Setting } from './setting.ts'
import { partOf } from './trace/part.ts'
import type { Trace } from './trace/trace.ts'

/** What to put a plan through. Without a trace, a rate, a ramp or a concurrency: the study's arrivals, else a closed loop at the plan's batch. */
export interface ReplayLoad {
  readonly trace?: Trace | undefined
  /** Requests per second, and requests in the system, of the whole deployment. */
  readonly rate?: number | undefined
  readonly concurrency?: number | undefined
  /** Of the times between arrivals at a rate, which are gamma-distributed; absent: 1, Poisson. */
  readonly arrivalCv?: number | undefined
  /** Poisson arrivals whose rate goes evenly from one value to another, requests per second of the whole deployment. */
  readonly ramp?: { readonly from: number; readonly to: number } | undefined
  /** Requests of one replica. */
  readonly requests?: number | undefined
  /** KV blocks of one scheduler, where they are known (vLLM's num_gpu_blocks); absent: the engine's, or as many as the plan's memory gives. */
  readonly kvBlocks?: number | undefined
  /** Replicas that are simulated: one with its part of the requests (absent), or all of them with their router. */
  readonly replicas?: 'one' | 'all' | undefined
  /** Absent: at random; requests of a trace in turn; all replicas: to one with the fewest requests. */
  readonly routing?: Routing | undefined
  readonly seed: number
}

/** What is simulated of a load. */
export interface ReplicaLoad {
  readonly requests: Requests
  readonly arrivals: Arrivals
  readonly simulated: number
  readonly routing: Routing
  /** Of a trace: number of each request in it, from 0. */
  readonly numbers?: Int32Array
}

/** Closed loops of ten prompts per slot, as InferenceX measures them, unless a benchmark says otherwise; enough for a p99 in open loop. */
const tenPerSlot = 10
const openRequests = 5000

/** Replicas, and the requests that each holds in closed loop. */
export interface Deployment {
  readonly replicas: number
  readonly batch: number
}

/** InputError where one replica's part depends on the others, or a session is asked for that nobody named. */
export function replicaLoad(setting: Setting, { replicas, batch }: Deployment, load: ReplayLoad): ReplicaLoad {
  const all = load.replicas === 'all'
  const simulated = all ? replicas : 1
  const routing = load.routing ?? (all ? 'least-loaded' : load.trace === undefined ? 'random' : 'round-robin')
  if (!all && replicas > 1 && routing === 'least-loaded') throw refused('least-loaded needs to see all replicas', 'add --replicas all')
  if (routing === 'sticky' && load.trace?.session === undefined)
    throw refused('sticky needs sessions', 'give a trace with hash_ids or a session column')
  if (load.arrivalCv !== undefined && (load.rate ?? setting.scenario.arrivals) === undefined) {
    throw refused('a CV of arrivals needs a rate', 'add --rate', '--arrival-cv')
  }
  if (load.trace !== undefined) {
    const most = (load.requests ?? Number.POSITIVE_INFINITY) * simulated
    return { ...replicasPart(load.trace, all ? 1 : replicas, routing, most, load.seed), simulated, routing }
  }
  const { workload, arrivals: studied } = setting.scenario
  const closed = load.concurrency !== undefined || (load.rate === undefined && load.ramp === undefined && studied === undefined)
  const concurrency = load.concurrency === undefined ? batch : Math.max(1, Math.round(load.concurrency / replicas))
  const each = load.requests ?? (closed ? Math.ceil((workload.benchmark?.promptsPerSlot ?? tenPerSlot) * concurrency) : openRequests)
  const stream =
    load.ramp === undefined
      ? streamAt(load.rate ?? studied?.rate ?? 0, load.arrivalCv ?? studied?.cv ?? 1)
      : { kind: 'ramp' as const, ...load.ramp }
  const arrivals = closed ? { kind: 'closed' as const, concurrency, ramp: 0 } : all ? stream : partOfStream(stream, replicas, routing)
  return { requests: drawMixture(classesOf(workload), each * simulated, load.seed), arrivals, simulated, routing }
}

function refused(message: string, suggestion: string, path = '--routing'): InputError {
  return new InputError({ path, code: 'conflict', message, suggestion })
}

function streamAt(rate: number, cv: number): Stream {
  return cv === 1 ? { kind: 'poisson', rate } : { kind: 'gamma', rate, cv }
}

/** Requests that go to a replica at random are a Poisson stream's part, and a Poisson stream. */
function partOfStream(of: Stream, replicas: number, routing: Routing): Arrivals {
  if (replicas === 1) return of
  if (of.kind === 'poisson' && routing !== 'round-robin') return { kind: 'poisson', rate: of.rate / replicas }
  if (of.kind === 'ramp' && routing !== 'round-robin') return { kind: 'ramp', from: of.from / replicas, to: of.to / replicas }
  return { kind: 'part', of, replicas, routing: routing === 'round-robin' ? routing : 'random' }
}

/** What goes to the first of several replicas, or all of it. */
function replicasPart(trace: Trace, replicas: number, routing: Routing, most: number, seed: number) {
  const to =
    replicas === 1 || routing === 'least-loaded' ? undefined : replicasOf(routing, trace.times.length, replicas, { ...trace, seed })
  const mine = new Int32Array(trace.times.length).map((_, i) => i).filter((i) => to === undefined || to[i] === 0)
  const numbers = mine.subarray(0, Math.min(most, mine.length))
  if (numbers.length === 0) throw refused('no request of the trace goes to the first replica', 'add --replicas all')
  const { requests, times } = partOf(trace, numbers)
  return { requests, arrivals: { kind: 'trace' as const, times }, numbers }
}

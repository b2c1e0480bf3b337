import type { Calibration, Routing } from '../../cost-model/calibration.ts'
import { makeDevice, type RateSource } from '../../cost-model/device.ts'
import { alone } from '../../cost-model/engine-scales.ts'
import type { NetworkOp, Op } from '../../cost-model/graph.ts'
import { networkTime } from '../../cost-model/ops/network.ts'
import { opTime, type Timed, timed } from '../../cost-model/timed.ts'
import type { Catalog } from '../../spaces/catalog.ts'
import { makePool } from '../../spaces/fleet.ts'
import type { Gpu } from '../../spaces/gpu.ts'
import { InputError } from '../../spaces/issue.ts'
import type { Measurement } from './read.ts'

/** Times measured ops as the cost model times those of a plan, each op looked up once. */
export interface Predictor {
  readonly seconds: (one: Measurement) => number
  /** Where the constants of its time come from; undefined for collectives. */
  readonly source: (one: Measurement) => RateSource | undefined
}

export function makePredictor(calibration: Calibration, catalog: Catalog): Predictor {
  const known = new Map<string, Map<Op, Timed>>()
  const find = (one: Measurement): Timed => {
    const { gpu, engine } = one.table
    const key = `${gpu.id} ${engine} ${one.distribution}`
    const ops = known.get(key) ?? new Map<Op, Timed>()
    known.set(key, ops)
    const found = ops.get(one.op) ?? timedAlone(one, calibration, catalog)
    ops.set(one.op, found)
    return found
  }
  return { seconds: (one) => opTime(find(one), one.rows, one.counts).seconds, source: (one) => find(one).rate.source }
}

function timedAlone({ op, table: { gpu, engine, file }, distribution }: Measurement, calibration: Calibration, catalog: Catalog): Timed {
  const around = {
    device: makeDevice(gpu, calibration),
    routing: distribution === undefined ? calibration.routing : routingOf(distribution, calibration.routing, file),
    linkTime: (op: NetworkOp) => {
      const group = groupOf(gpu, op.group.size, catalog)
      return networkTime(op, group, { calibration, pool: group.pool, library: engine })
    },
    nodes: () => 1,
    scales: alone,
  }
  const prefill = 'phase' in op && op.phase === 'prefill'
  return prefill ? timed(op, undefined, around) : timed(undefined, op, around)
}

/** So many GPUs of one node, all in the collective. */
function groupOf(gpu: Gpu, size: number, catalog: Catalog) {
  const pool = makePool({ gpu: gpu.id, gpus: size }, catalog)
  const link = pool.links[0]!
  return { pool, size, link, levels: [{ link, inside: size, peers: size - 1, domains: 1 }] }
}

const routings = new WeakMap<Routing, Map<string, Routing>>()

/** Tokens as the table dealt them out to experts; the same object for the same words. */
function routingOf(distribution: string, routing: Routing, file: string): Routing {
  const known = routings.get(routing) ?? new Map<string, Routing>()
  routings.set(routing, known)
  const found = known.get(distribution) ?? dealt(distribution, routing, file)
  known.set(distribution, found)
  return found
}

function dealt(distribution: string, routing: Routing, file: string): Routing {
  if (distribution === 'balanced') return { ...routing, exponent: 0 }
  const tokenCounts = Number(/^power_law_(\d+(?:\.\d+)?)$/.exec(distribution)?.[1])
  if (tokenCounts > 1) return { ...routing, tokenCounts }
  const message = `no distribution of tokens is known as "${distribution}"`
  throw new InputError({ path: 'distribution', code: 'unknown-name', message, file, suggestion: 'balanced, or power_law_1.2' })
}

import type { Engine, Overlap } from '../spaces/engine.ts'
import type { Pool } from '../spaces/fleet.ts'
import type { Calibration } from './calibration.ts'
import type { Op } from './graph.ts'
import { lanesOf } from './lanes.ts'
import { makeTable, type OpTable } from './op-table.ts'
import { inputsOf, type OpPair, pairOps } from './pair.ts'
import { type Surroundings, type Timed, timed } from './timed.ts'

/** The ops of a segment in both graphs, ready to be timed. */
export interface TimedPair {
  readonly ops: readonly Timed[]
  readonly table: OpTable
}

/** What the times of a stage's ops depend on beside the ops: replicas and stages only shift their groups by whole groups. */
export interface Setting {
  readonly pool: Pool
  readonly engine: Engine
  readonly calibration: Calibration
  /** GPUs that its replicas fill together. */
  readonly gpus: number
}

interface Known extends Setting {
  readonly decode: readonly Op[]
  readonly halves: boolean
  readonly pair: TimedPair
}

const known = new WeakMap<readonly Op[], Known[]>()
const mostKnown = 8

/** `timedPair` of ops that layouts share (arrays of the same identity), made once per setting. */
export function sharedPair(
  prefill: readonly Op[],
  decode: readonly Op[],
  halves: boolean,
  setting: Setting,
  around: Surroundings,
): TimedPair {
  const { pool, engine, calibration, gpus } = setting
  const pairs = known.get(prefill) ?? []
  const found = pairs.find(
    (k) =>
      k.decode === decode &&
      k.halves === halves &&
      k.pool === pool &&
      k.engine === engine &&
      k.calibration === calibration &&
      k.gpus === gpus,
  )
  if (found !== undefined) return found.pair
  const pair = timedPair(prefill, decode, halves, engine.overlap ?? [], around)
  known.set(prefill, [{ ...setting, decode, halves, pair }, ...pairs.slice(0, mostKnown - 1)])
  return pair
}

/** `halves`: two batches may go through the segment, each beside the other's exchanges. */
export function timedPair(
  prefill: readonly Op[],
  decode: readonly Op[],
  halves: boolean,
  overlaps: readonly Overlap[],
  around: Surroundings,
): TimedPair {
  const pairs = pairOps(prefill, decode)
  const paid = pairs.filter(({ op }: OpPair) => !isFree(op))
  const ops = paid.map((pair) => timed(pair.prefill, pair.decode, around))
  const before = () => inputsOf(pairs, paid)
  const lanes = lanesOf(
    paid.map(({ op }) => op),
    before,
    overlaps,
    halves,
  )
  return { ops, table: makeTable(ops, lanes) }
}

/** Taking one's own part of what one has costs nothing. */
function isFree(op: Op): boolean {
  return op.kind === 'pointwise' && op.dims.read === 0 && op.dims.write === 0
}

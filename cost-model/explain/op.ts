import type { Bound, Pedigree } from '../column.ts'
import { type Counts, rowsIn } from '../counts.ts'
import { isNetwork, type Op } from '../graph.ts'
import { showPlacement } from '../mesh.ts'
import { type OpTime, opTime, type Timed } from '../timed.ts'
import type { OpExplanation } from './explanation.ts'

/** An op of a phase's graph beside what times it; undefined: taking one's own part of what one has, which costs nothing. */
export interface Step {
  readonly op: Op
  readonly timed: Timed | undefined
}

/** What is known of an op before it has a place in its segment. */
export type Costed = Omit<OpExplanation, 'start' | 'end' | 'critical' | 'share'>

/** An op in one step: its time, and what that is made of and comes from. */
export function costOf({ op, timed }: Step, counts: Counts): Costed {
  const { name, kind, lane, after } = op
  const place = { in: showPlacement(op.in), out: showPlacement(op.out) }
  if (timed === undefined) return { name, kind, lane, after, ...free, ...place }
  const rows = rowsIn(timed.rows, counts)
  const time = opTime(timed, rows, counts)
  const { work, seconds, floor } = time
  const { source } = timed.rate
  const { flops, read, write, sent } = work
  return {
    ...{ name, kind, lane, after, rows, seconds, floor, flops, read, write, sent, ...place },
    bound: boundOf(time),
    compute: time.compute,
    memory: time.memory,
    efficiency: source && { compute: source.compute, memory: source.memory, math: source.math },
    exchange: exchangeOf(op, timed),
    ...evidence(timed),
  }
}

const free = {
  rows: 0,
  seconds: 0,
  bound: 'memory',
  floor: 0,
  compute: 0,
  memory: 0,
  flops: 0,
  read: 0,
  write: 0,
  sent: 0,
  efficiency: undefined,
  exchange: undefined,
  pedigree: 'measured',
  basis: 'nothing moves',
} as const

/** `overhead`: the floor is longer than what lies above it. */
function boundOf({ bound, floor, compute, memory }: OpTime): Bound {
  return bound !== 'communication' && floor > compute + memory ? 'overhead' : bound
}

function exchangeOf(op: Op, { network }: Timed): OpExplanation['exchange'] {
  if (!isNetwork(op) || network === undefined) return undefined
  const { axis, size, stride } = op.group
  return { axis, size, stride, link: network.link }
}

function evidence({ network, rate: { source } }: Timed): { readonly pedigree: Pedigree; readonly basis: string } {
  if (network !== undefined) return { pedigree: network.pedigree, basis: network.basis }
  const { basis, family, phase, format } = source!.row
  const of = [basis, family, phase, format].filter((part) => part !== undefined)
  return { pedigree: source!.pedigree, basis: of.join(' ') }
}

import type { EngineScales, Routing } from './calibration.ts'
import { type Counts, type RowCount, rowCount } from './counts.ts'
import { type Device, kernelRate, productRate, type Rate } from './device.ts'
import { familyScale, scaledRate } from './engine-scales.ts'
import type { NetworkOp, Op, RankGroup } from './graph.ts'
import { isNetwork } from './graph.ts'
import { attentionWork, scanWork } from './ops/attention.ts'
import { expertWork } from './ops/expert.ts'
import { linearWork } from './ops/linear.ts'
import { networkSeconds, networkWork, type PlacedTime } from './ops/network.ts'
import { rowWiseWork } from './ops/row-wise.ts'
import { newDone, type RowWork, type StepWork, type Work } from './work.ts'

/** An op with what its time depends on looked up once: it is then timed for step after step. */
export interface Timed {
  readonly op: Op
  readonly rows: RowCount
  /** Work per row, where that is all; else a function of the step. */
  readonly each: RowWork | undefined
  readonly work: StepWork<Counts> | undefined
  readonly network: PlacedTime | undefined
  readonly rate: Rate
}

/** Time of one op: its floor, and above it what it waits for. Seconds. */
export interface OpTime {
  readonly work: Work
  readonly seconds: number
  readonly floor: number
  readonly bound: 'compute' | 'memory' | 'communication'
}

/** What timing an op looks up. */
export interface Surroundings {
  readonly device: Device
  readonly routing: Routing
  readonly scales: EngineScales
  readonly linkTime: (op: NetworkOp) => PlacedTime
  /** Domains of fast links that a group is spread over. */
  readonly nodes: (group: RankGroup) => number
}

/** Of what takes no time of its own. */
export const instant: Rate = { perFlop: 0, perByte: 0, floor: 0, perDoubling: 0 }

/** `prefill` and `decode`: the same op in either graph, undefined where it is in one of them only. */
export function timed(prefill: Op | undefined, decode: Op | undefined, around: Surroundings): Timed {
  const op = (prefill ?? decode)!
  const rows = rowCount(prefill?.rows, decode?.rows)
  if (isNetwork(op))
    return { op, rows, each: networkWork(op, around.nodes(op.group)), work: undefined, network: around.linkTime(op), rate: instant }
  return {
    op,
    rows,
    ...computeWork(op, around),
    network: undefined,
    rate: scaledRate(computeRate(op, around.device), familyScale(op.kind, around.scales), around.scales.arithmetic),
  }
}

type ComputeOp = Exclude<Op, NetworkOp>

function computeWork(op: ComputeOp, { routing, nodes }: Surroundings): Pick<Timed, 'each' | 'work'> {
  switch (op.kind) {
    case 'linear':
      return { each: linearWork(op), work: undefined }
    case 'attention':
      return { each: undefined, work: op.form === 'scan' ? scanWork(op) : attentionWork(op) }
    case 'expert':
      return { each: undefined, work: expertWork(op, routing, nodes(op.group)) }
    default:
      return { each: rowWiseWork(op), work: undefined }
  }
}

function computeRate(op: ComputeOp, device: Device): Rate {
  switch (op.kind) {
    case 'linear':
    case 'expert':
      return productRate(device, op.kind, op.formats, op.activations)
    case 'attention':
      return kernelRate(device, op.family, op.phase, op.format, op.form === 'scan' ? 1 : op.dims.heads)
    default:
      return kernelRate(device, op.kind, undefined, 'bf16')
  }
}

/**
 * Roofline (Williams et al. 2009) with measured ceilings: the longer of arithmetic and memory traffic, above the time of an empty
 * kernel; collectives as measured.
 */
export function opTime({ each, work, network, rate }: Timed, rows: number, counts: Counts): OpTime {
  const done = each === undefined ? stepWork(work!, rows, counts) : workOf(each, rows)
  if (network !== undefined) return { work: done, seconds: networkSeconds(network, rows), floor: 0, bound: 'communication' }
  const compute = done.flops * rate.perFlop
  const memory = (done.read + done.write) * rate.perByte
  const floor = rate.perDoubling === 0 ? rate.floor : rate.floor + rate.perDoubling * Math.log2(1 + rows)
  return { work: done, seconds: floor + Math.max(compute, memory), floor, bound: compute > memory ? 'compute' : 'memory' }
}

function stepWork(work: StepWork<Counts>, rows: number, counts: Counts): Work {
  const done = newDone()
  work(rows, counts, done)
  return { flops: done[0]!, read: done[1]!, write: done[2]!, sent: 0, messages: 0 }
}

function workOf({ flops, fixed, read, write, sent, messages }: RowWork, rows: number): Work {
  return { flops: flops * rows, read: fixed + read * rows, write: write * rows, sent: sent * rows, messages }
}

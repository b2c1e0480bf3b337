import type { EngineScales, Routing } from './calibration.ts'
import { type Counts, type RowCount, rowCount } from './counts.ts'
import { type Device, kernelRate, productRate, type Rate } from './device.ts'
import { familyScale, scaledRate } from './engine-scales.ts'
import type { Attention, NetworkOp, Op, RankGroup } from './graph.ts'
import { isNetwork } from './graph.ts'
import { attentionWork, scanWork } from './ops/attention.ts'
import { contextAttention } from './ops/context-attention.ts'
import { expertWork, useOf } from './ops/expert.ts'
import { expertKernel } from './ops/expert-kernel.ts'
import { generationAttention } from './ops/generation-attention.ts'
import { linearWork } from './ops/linear.ts'
import { linearKernel } from './ops/linear-kernel.ts'
import { networkSeconds, networkWork, type PlacedTime } from './ops/network.ts'
import { rowWiseWork } from './ops/row-wise.ts'
import { type Kernel, newDone, newParts, type Parts, type RowWork, type StepWork, type Work } from './work.ts'

/** An op with what its time depends on looked up once: it is then timed for step after step. */
export interface Timed {
  readonly op: Op
  readonly rows: RowCount
  /** Work per row, where that is all; else a function of the step. */
  readonly each: RowWork | undefined
  readonly work: StepWork<Counts> | undefined
  /** Time of what is not simply the longer of arithmetic and memory traffic. */
  readonly kernel: Kernel<Counts> | undefined
  readonly network: PlacedTime | undefined
  readonly rate: Rate
}

/** Time of one op, seconds: its floor, and above it what it waits for, each its part where they overlap. */
export interface OpTime {
  readonly work: Work
  readonly seconds: number
  readonly floor: number
  readonly compute: number
  readonly memory: number
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
export const instant: Rate = {
  perFlop: 0,
  perByte: 0,
  floor: 0,
  perDoubling: 0,
  best: 0,
  bandwidth: Number.POSITIVE_INFINITY,
  multiprocessors: undefined,
}

/** `prefill` and `decode`: the same op in either graph, undefined where it is in one of them only. */
export function timed(prefill: Op | undefined, decode: Op | undefined, around: Surroundings): Timed {
  const op = (prefill ?? decode)!
  const rows = rowCount(prefill?.rows, decode?.rows)
  if (isNetwork(op))
    return { op, rows, each: networkWork(op, around.nodes(op.group)), ...noKernel, network: around.linkTime(op), rate: instant }
  const rate = scaledRate(computeRate(op, around.device), familyScale(op.kind, around.scales), around.scales.arithmetic)
  return { op, rows, ...computeWork(op, rate, around), network: undefined, rate }
}

type ComputeOp = Exclude<Op, NetworkOp>

const noKernel = { work: undefined, kernel: undefined } as const

function computeWork(op: ComputeOp, rate: Rate, { routing, nodes }: Surroundings): Pick<Timed, 'each' | 'work' | 'kernel'> {
  switch (op.kind) {
    case 'linear':
      return { each: linearWork(op), work: undefined, kernel: linearKernel(op, rate) }
    case 'attention':
      if (op.form === 'scan') return { each: undefined, work: scanWork(op), kernel: undefined }
      return { each: undefined, work: attentionWork(op), kernel: attentionKernel(op, rate) }
    case 'expert': {
      const use = useOf(op, routing, nodes(op.group))
      return { each: undefined, work: expertWork(op, use), kernel: expertKernel(op, use.hottest, rate) }
    }
    default:
      return { each: rowWiseWork(op), ...noKernel }
  }
}

function attentionKernel(op: Attention, rate: Rate): Kernel<Counts> {
  return op.phase === 'prefill' ? contextAttention(op, rate) : generationAttention(op, rate)
}

function computeRate(op: ComputeOp, device: Device): Rate {
  switch (op.kind) {
    case 'linear':
    case 'expert':
      return productRate(device, op.kind, op.formats, op.activations)
    case 'attention':
      return kernelRate(device, op.family, op.phase, op.format)
    default:
      return kernelRate(device, op.kind, undefined, 'bf16')
  }
}

/**
 * Products, attention and experts as their kernels are timed; of others the roofline (Williams et al. 2009) with measured ceilings: the
 * longer of arithmetic and memory traffic, above the time of an empty kernel; collectives as measured.
 */
export function opTime({ each, work, kernel, network, rate }: Timed, rows: number, counts: Counts): OpTime {
  const detail = newDone()
  work?.(rows, counts, detail)
  const done = each === undefined ? { ...nothing, flops: detail[0]!, read: detail[1]!, write: detail[2]! } : workOf(each, rows)
  if (network !== undefined) {
    return { work: done, seconds: networkSeconds(network, rows), floor: 0, compute: 0, memory: 0, bound: 'communication' }
  }
  const parts = newParts()
  if (kernel === undefined) roofline(rate, rows, done, parts)
  else kernel(rows, counts, detail, parts)
  const [compute, memory, floor] = [parts[0]!, parts[1]!, parts[2]!]
  return { work: done, seconds: compute + memory + floor, floor, compute, memory, bound: compute > memory ? 'compute' : 'memory' }
}

const nothing: Work = { flops: 0, read: 0, write: 0, sent: 0, messages: 0 }

function roofline({ perFlop, perByte, floor, perDoubling }: Rate, rows: number, { flops, read, write }: Work, parts: Parts): void {
  const [compute, memory] = [flops * perFlop, (read + write) * perByte]
  parts[0] = compute > memory ? compute : 0
  parts[1] = compute > memory ? 0 : memory
  parts[2] = perDoubling === 0 ? floor : floor + perDoubling * Math.log2(1 + rows)
}

function workOf({ flops, fixed, read, write, sent, messages }: RowWork, rows: number): Work {
  return { flops: flops * rows, read: fixed + read * rows, write: write * rows, sent: sent * rows, messages }
}

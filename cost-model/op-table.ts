import { type RowCurve, rowSeconds } from './compile/row-curve.ts'
import type { Counts, RowCount } from './counts.ts'
import { critical, type Lanes, makeSpans, type Spans, schedule } from './lanes.ts'
import { networkSeconds } from './ops/network.ts'
import { instant, type Timed } from './timed.ts'
import { newDone, newParts } from './work.ts'

/** Positions in running sums over ops: seconds and what they wait for, FLOP, bytes, ops that ran and collectives among them. */
export const at = {
  seconds: 0,
  compute: 1,
  memory: 2,
  communication: 3,
  overhead: 4,
  flops: 5,
  bytes: 6,
  sent: 7,
  launched: 8,
  exchanged: 9,
} as const

export type Sums = Float64Array

export function noSums(): Sums {
  return new Float64Array(Object.keys(at).length)
}

const width = 13
const scopes = { rank: 0, stage: 1, sampled: 2 } as const

/** Ops that are always asked for the same rows, of which only the sum of their seconds is known. */
export interface Tabled {
  readonly rows: RowCount
  readonly curve: RowCurve
  readonly launched: number
  readonly exchanged: number
}

/** Ops as rows of numbers, which one loop goes through without looking anything up; only attention, experts and links are called. */
export interface OpTable {
  readonly numbers: Float64Array
  readonly calls: readonly {
    readonly work: Timed['work']
    readonly kernel: Timed['kernel']
    readonly network: Timed['network']
    readonly tabled: Tabled | undefined
  }[]
  /** Where some ops run beside others: how, and room for their times, of four numbers each. */
  readonly overlap:
    | { readonly lanes: Lanes; readonly spans: Spans; readonly seconds: Float64Array; readonly parts: Float64Array }
    | undefined
}

export function makeTable(ops: readonly (Timed | Tabled)[], lanes: Lanes | undefined): OpTable {
  const numbers = new Float64Array(ops.length * width)
  for (const [i, op] of ops.entries()) {
    const { rows } = op
    const { each, rate } = 'curve' in op ? { each: undefined, rate: instant } : op
    const { flops, fixed, sent } = each ?? { flops: 0, fixed: 0, sent: 0 }
    const bytes = each === undefined ? 0 : each.read + each.write
    const { perFlop, perByte, floor, perDoubling } = rate
    const row = [
      scopes[rows.scope],
      rows.prefill,
      rows.decode,
      rows.context,
      flops,
      fixed,
      bytes,
      sent,
      perFlop,
      perByte,
      floor,
      perDoubling,
      rows.padding,
    ]
    numbers.set(row, i * width)
  }
  const n = ops.length
  return {
    numbers,
    calls: ops.map((op) =>
      'curve' in op
        ? { work: undefined, kernel: undefined, network: undefined, tabled: op }
        : { work: op.work, kernel: op.kernel, network: op.network, tabled: undefined },
    ),
    overlap: lanes && { lanes, spans: makeSpans(n), seconds: new Float64Array(n), parts: new Float64Array(n * 4) },
  }
}

const done = newDone()
const parts = newParts()

/** Adds the times of a table's ops, what `opTime` gives for each of them: one after another, or beside each other where they overlap. */
export function addOps(table: OpTable, counts: Counts, sums: Sums): void {
  const { numbers, calls, overlap } = table
  for (let i = 0, row = 0; i < calls.length; i++, row += width) {
    const rows = rowsAt(numbers, row, counts)
    if (!(rows > 0)) {
      if (overlap !== undefined) note(overlap, i, 0, 0, 0, 0)
      continue
    }
    const { work, kernel, network, tabled } = calls[i]!
    if (tabled !== undefined) {
      sums[at.seconds]! += rowSeconds(tabled.curve, rows)
      sums[at.launched]! += tabled.launched
      sums[at.exchanged]! += tabled.exchanged
      continue
    }
    sums[at.launched]! += 1
    if (network !== undefined) {
      const seconds = networkSeconds(network, rows)
      sums[at.seconds]! += seconds
      sums[at.communication]! += seconds
      sums[at.sent]! += numbers[row + 7]! * rows
      sums[at.exchanged]! += 1
      if (overlap !== undefined) note(overlap, i, 0, 0, seconds, 0)
      continue
    }
    let flops = numbers[row + 4]! * rows
    let bytes = numbers[row + 5]! + numbers[row + 6]! * rows
    if (work !== undefined) {
      work(rows, counts, done)
      flops = done[0]!
      bytes = done[1]! + done[2]!
    }
    if (kernel === undefined) {
      const compute = flops * numbers[row + 8]!
      const memory = bytes * numbers[row + 9]!
      const perDoubling = numbers[row + 11]!
      parts[0] = compute > memory ? compute : 0
      parts[1] = compute > memory ? 0 : memory
      parts[2] = perDoubling === 0 ? numbers[row + 10]! : numbers[row + 10]! + perDoubling * Math.log2(1 + rows)
    } else kernel(rows, counts, done, parts)
    const compute = parts[0]!
    const memory = parts[1]!
    const floor = parts[2]!
    sums[at.compute]! += compute
    sums[at.memory]! += memory
    sums[at.overhead]! += floor
    sums[at.seconds]! += compute + memory + floor
    sums[at.flops]! += flops
    sums[at.bytes]! += bytes
    if (overlap !== undefined) note(overlap, i, compute, memory, 0, floor)
  }
  if (overlap !== undefined) overlay(overlap, sums)
}

/** Keeps the parts of an op's time, in the order of `at`. */
function note({ seconds, parts }: NonNullable<OpTable['overlap']>, i: number, c: number, m: number, n: number, floor: number): void {
  seconds[i] = c + m + n + floor
  parts[i * 4] = c
  parts[i * 4 + 1] = m
  parts[i * 4 + 2] = n
  parts[i * 4 + 3] = floor
}

/** Replaces the sum of all seconds by the way through the critical ops alone. */
function overlay({ lanes, spans, seconds, parts }: NonNullable<OpTable['overlap']>, sums: Sums): void {
  sums[at.seconds] = schedule(lanes, seconds, spans)
  for (let p = 0; p < 4; p++) sums[at.compute + p] = 0
  for (const i of critical(spans, seconds.length)) for (let p = 0; p < 4; p++) sums[at.compute + p]! += parts[i * 4 + p]!
}

// Without destructuring of arrays: in a loop this hot each would leave an array and an iterator.
function rowsAt(numbers: Float64Array, row: number, n: Counts): number {
  const scope = numbers[row]!
  const prefill = numbers[row + 1]!
  const decode = numbers[row + 2]!
  if (scope === scopes.rank) {
    return prefill * n.prefill + numbers[row + 3]! * n.cached + decode * n.running + numbers[row + 12]! * n.padding
  }
  if (scope === scopes.stage) return prefill * n.stagePrefill + decode * n.stageDecode + numbers[row + 12]! * n.stagePadding
  return prefill * n.prompts + decode * n.running
}

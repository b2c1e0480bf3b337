import type { Counts } from './counts.ts'
import type { Timed } from './timed.ts'

/** Running sums over ops: seconds and what they wait for, FLOP, bytes, ops that ran and collectives among them. */
export interface Sums {
  seconds: number
  compute: number
  memory: number
  communication: number
  overhead: number
  flops: number
  bytes: number
  sent: number
  launched: number
  exchanged: number
}

/** -0 instead of 0: V8 then keeps the fields as unboxed doubles from the start, which makes a step twice as fast to time. */
export function noSums(): Sums {
  return {
    seconds: -0,
    compute: -0,
    memory: -0,
    communication: -0,
    overhead: -0,
    flops: -0,
    bytes: -0,
    sent: -0,
    launched: -0,
    exchanged: -0,
  }
}

const width = 13
const scopes = { rank: 0, stage: 1, sampled: 2 } as const

/** Ops as rows of numbers, which one loop goes through without looking anything up; only attention, experts and links are called. */
export interface OpTable {
  readonly numbers: Float64Array
  readonly calls: readonly Pick<Timed, 'work' | 'network'>[]
}

export function makeTable(ops: readonly Timed[]): OpTable {
  const numbers = new Float64Array(ops.length * width)
  for (const [i, { rows, each, rate }] of ops.entries()) {
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
  return { numbers, calls: ops.map(({ work, network }) => ({ work, network })) }
}

/** Adds the times of a table's ops, one after another: what `opTime` gives for each of them. */
export function addOps({ numbers, calls }: OpTable, counts: Counts, sums: Sums): void {
  for (let i = 0, at = 0; i < calls.length; i++, at += width) {
    const rows = rowsAt(numbers, at, counts)
    if (!(rows > 0)) continue
    const { work, network } = calls[i]!
    sums.launched += 1
    if (network !== undefined) {
      const seconds = network.seconds(rows)
      sums.seconds += seconds
      sums.communication += seconds
      sums.sent += numbers[at + 7]! * rows
      sums.exchanged += 1
      continue
    }
    let flops = numbers[at + 4]! * rows
    let bytes = numbers[at + 5]! + numbers[at + 6]! * rows
    if (work !== undefined) {
      const done = work(rows, counts)
      flops = done.flops
      bytes = done.read + done.write
    }
    const compute = flops * numbers[at + 8]!
    const memory = bytes * numbers[at + 9]!
    const perDoubling = numbers[at + 11]!
    const floor = perDoubling === 0 ? numbers[at + 10]! : numbers[at + 10]! + perDoubling * Math.log2(1 + rows)
    if (compute > memory) sums.compute += compute
    else sums.memory += memory
    sums.seconds += floor + Math.max(compute, memory)
    sums.overhead += floor
    sums.flops += flops
    sums.bytes += bytes
  }
}

function rowsAt(numbers: Float64Array, at: number, n: Counts): number {
  const [prefill, decode] = [numbers[at + 1]!, numbers[at + 2]!]
  if (numbers[at] === scopes.rank) {
    return prefill * n.prefill + numbers[at + 3]! * n.cached + decode * n.running + numbers[at + 12]! * n.padding
  }
  if (numbers[at] === scopes.stage) return prefill * n.stagePrefill + decode * n.stageDecode
  return prefill * n.prompts + decode * n.running
}

import type { Counts } from './counts.ts'
import type { Timed } from './timed.ts'

/** Positions of the running sums over ops: seconds, what they wait for, FLOP, bytes, ops that ran and collectives among them. */
export const sumOf = {
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
export const sumCount = 10

const width = 12
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
    const row = [scopes[rows.scope], rows.prefill, rows.decode, rows.context, flops, fixed, bytes, sent, perFlop, perByte, floor, perDoubling]
    numbers.set(row, i * width)
  }
  return { numbers, calls: ops.map(({ work, network }) => ({ work, network })) }
}

/** Adds the times of a table's ops, one after another: what `opTime` gives for each of them. */
export function addOps({ numbers, calls }: OpTable, counts: Counts, sums: Float64Array): void {
  for (let i = 0, at = 0; i < calls.length; i++, at += width) {
    const rows = rowsAt(numbers, at, counts)
    if (!(rows > 0)) continue
    const { work, network } = calls[i]!
    sums[sumOf.launched]! += 1
    if (network !== undefined) {
      const seconds = network.seconds(rows)
      sums[sumOf.seconds]! += seconds
      sums[sumOf.communication]! += seconds
      sums[sumOf.sent]! += numbers[at + 7]! * rows
      sums[sumOf.exchanged]! += 1
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
    if (compute > memory) sums[sumOf.compute]! += compute
    else sums[sumOf.memory]! += memory
    sums[sumOf.seconds]! += floor + Math.max(compute, memory)
    sums[sumOf.overhead]! += floor
    sums[sumOf.flops]! += flops
    sums[sumOf.bytes]! += bytes
  }
}

function rowsAt(numbers: Float64Array, at: number, counts: Counts): number {
  const [prefill, decode] = [numbers[at + 1]!, numbers[at + 2]!]
  if (numbers[at] === scopes.rank) return prefill * counts.prefill + numbers[at + 3]! * counts.cached + decode * counts.decode
  if (numbers[at] === scopes.stage) return prefill * counts.stagePrefill + decode * counts.stageDecode
  return prefill * counts.prompts + decode * counts.decode
}

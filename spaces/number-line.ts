import { InputError } from './issue.ts'
import type { Block, Line } from './line.ts'
import { issueAt, type Where } from './where.ts'

/** Plan indexes from (included) to (excluded). */
export interface Range {
  readonly from: number
  readonly to: number
}

/** A block with its place on the number line. */
export interface PlacedBlock extends Range {
  readonly block: Block
  /** Plans that one step of each digit passes. */
  readonly strides: readonly number[]
}

export interface PlacedLine extends Range {
  readonly line: Line
  readonly blocks: readonly PlacedBlock[]
}

/** Puts lines one after another. Counts exactly first: InputError where a pool has no plan, or all have more than numbers count exactly. */
export function placeLines(lines: readonly Line[], where: Where): readonly PlacedLine[] {
  const empty = lines.find((line) => line.blocks.length === 0)
  if (empty !== undefined) throw new InputError(issueAt(where, emptySpace(empty)))
  const total = lines.flatMap((line) => line.blocks.map(blockSize)).reduce((sum, size) => sum + size, 0n)
  if (total > BigInt(Number.MAX_SAFE_INTEGER)) throw new InputError(issueAt(where, tooLarge(lines, total)))
  let from = 0
  return lines.map((line) => {
    const start = from
    const blocks = line.blocks.map((block) => {
      const placed = { block, from, to: from + Number(blockSize(block)), strides: stridesOf(block.counts) }
      from = placed.to
      return placed
    })
    return { line, blocks, from: start, to: from }
  })
}

/** The item whose range holds the index. */
export function rangeAt<R extends Range>(ranges: readonly R[], index: number): R {
  let [low, high] = [0, ranges.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (index < ranges[middle]!.to) high = middle
    else low = middle + 1
  }
  return ranges[low]!
}

function blockSize({ counts }: Block): bigint {
  return counts.reduce((product, count) => product * BigInt(count), 1n)
}

function stridesOf(counts: readonly number[]): readonly number[] {
  return counts.map((_, i) => counts.slice(i + 1).reduce((product, count) => product * count, 1))
}

function emptySpace({ pool }: Line) {
  const message = `no widths on these axes use the ${pool.gpus} GPUs of pool "${pool.id}" exactly: replicas x pp x attentionDp x sp x tp must be ${pool.gpus}, and ep x moeTp x moeDp the GPUs of a stage`
  return { code: 'empty-space', message, suggestion: 'leave replicas out, or write "all"' }
}

function tooLarge(lines: readonly Line[], total: bigint) {
  const { batch, chunk } = lines[0]!.axes
  const longest = batch.size >= chunk.size ? `batch has ${batch.size} values` : `chunk has ${chunk.size} values`
  return { code: 'space-too-large', message: `${total} plans are more than 2^53 - 1`, suggestion: `narrow an axis: ${longest}` }
}

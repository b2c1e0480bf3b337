import type { DrawnOp } from './drawn.ts'

/** Ops below each other at most; a longer chain continues in a column beside it. */
const tallest = 11

/**
 * Columns of a segment, read like a newspaper: cut where one block ends, the next begins (`attn.reduce`, `ffn.norm`) and a single
 * tensor goes across, as evenly as that allows.
 */
export function foldColumns(ops: readonly DrawnOp[]): readonly (readonly DrawnOp[])[] {
  if (depth(ops) <= tallest) return [ops]
  const cuts = ops.flatMap((_, i) => (i > 0 && isSeam(ops, i) ? [{ i, longest: longestPiece(ops, i) }] : []))
  if (cuts.length === 0) return [ops]
  const { i } = cuts.reduce((best, cut) => (cut.longest < best.longest ? cut : best))
  return [...foldColumns(ops.slice(0, i)), ...foldColumns(ops.slice(i))]
}

function longestPiece(ops: readonly DrawnOp[], cut: number): number {
  return Math.max(depth(ops.slice(0, cut)), depth(ops.slice(cut)))
}

function isSeam(ops: readonly DrawnOp[], cut: number): boolean {
  const before = ops.slice(0, cut).map(({ op }) => op.name)
  const last = before.at(-1) as string
  const across = ops.slice(cut).flatMap(({ op }) => op.after.map((a) => a.op).filter((name) => before.includes(name)))
  return blockOf(last) !== blockOf(ops[cut].op.name) && across.every((name) => name === last)
}

function blockOf(name: string): string {
  return name.split('.')[0]
}

/** Ops on the longest chain. */
function depth(ops: readonly DrawnOp[]): number {
  const depths = new Map<string, number>()
  for (const { op } of ops) depths.set(op.name, 1 + Math.max(0, ...op.after.map((a) => depths.get(a.op) ?? 0)))
  return Math.max(0, ...depths.values())
}

import type { Axes } from './axes.ts'
import { findOnLine, type Line, makeLine } from './line.ts'
import { type PlacedLine, placeLines, type Range, rangeAt } from './number-line.ts'
import type { ColocatedPlan, Plan } from './plan.ts'
import { poolAxes, type SpaceInputs } from './pool-axes.ts'
import { makeRng } from './rng.ts'
import { type Visitor, walkLine } from './walk.ts'
import { inside, type Where } from './where.ts'

/**
 * The plans of a study as a number line: every index in [0, size) is a plan, legal or not. Batch and chunk vary fastest, so that
 * neighbours share a layout and a precision; where they are equal they are the same object, and caches may compare them by identity.
 */
export interface Space {
  readonly size: number
  at(index: number): ColocatedPlan
  /** -1 where the space does not hold the plan. */
  indexOf(plan: Plan): number
  /** At most n ranges of nearly equal length that cover the space. */
  split(n: number): readonly Range[]
  /** k different indexes (all of them where there are no more), ascending, uniform among all plans. */
  sample(k: number, seed: number): readonly number[]
  /** Every index of [from, to) in order: a legal plan alone, illegal ones as the longest range that the same parts of a plan condemn. */
  walk(from: number, to: number, onPlan: Visitor['onPlan'], onSkip: Visitor['onSkip']): void
}

/** InputError, at `where`, for an axis without values, a pool that no plan fills, and more layouts or plans than can be held or counted. */
export function makeSpace(inputs: SpaceInputs, axes: Axes, where: Where = {}): Space {
  const at = inside(where, 'axes')
  const lines = inputs.pools.map((pool) => makeLine(pool, poolAxes(axes, inputs, pool, at), at))
  return spaceOfLines(inputs, lines, at)
}

/** As `makeSpace`, of lines that are made; several may be of one pool. */
export function spaceOfLines(inputs: SpaceInputs, some: readonly Line[], where: Where): Space {
  const lines = placeLines(some, where)
  const size = lines.at(-1)?.to ?? 0
  return {
    size,
    at: (index) => planAt(lines, index),
    indexOf: (plan) => indexOf(lines, plan),
    split: (n) => split(size, n),
    sample: (k, seed) => sample(size, k, seed),
    walk: (from, to, onPlan, onSkip) => {
      for (const line of lines) {
        if (Math.max(from, line.from) < Math.min(to, line.to)) walkLine(inputs, line, { from, to }, { onPlan, onSkip })
      }
    },
  }
}

function planAt(lines: readonly PlacedLine[], index: number): ColocatedPlan {
  const size = lines.at(-1)?.to ?? 0
  if (!(Number.isInteger(index) && index >= 0 && index < size)) throw new Error(`no plan ${index} in a space of ${size}`)
  const { line, blocks } = rangeAt(lines, index)
  const { block, from, strides } = rangeAt(blocks, index)
  let rest = index - from
  const digits = strides.map((stride) => {
    const below = rest % stride
    const digit = (rest - below) / stride
    rest = below
    return digit
  })
  return line.planOf(block, digits)
}

function indexOf(lines: readonly PlacedLine[], plan: Plan): number {
  if (plan.kind !== 'colocated') return -1
  for (const placed of lines) {
    const found = placed.line.pool.id === plan.pool ? findOnLine(placed.line, plan) : undefined
    if (found === undefined) continue
    const { from, strides } = placed.blocks.find(({ block }) => block === found.block)!
    return found.digits.reduce((index, digit, i) => index + digit * strides[i]!, from)
  }
  return -1
}

function split(size: number, n: number): readonly Range[] {
  const count = Math.max(1, Math.min(n, size))
  const [each, longer] = [Math.floor(size / count), size % count]
  const start = (i: number) => i * each + Math.min(i, longer)
  return Array.from({ length: count }, (_, i) => ({ from: start(i), to: start(i + 1) }))
}

/** Floyd's algorithm: k draws, no repeats, memory for k. */
function sample(size: number, k: number, seed: number): readonly number[] {
  const rng = makeRng(seed)
  const chosen = new Set<number>()
  for (let bound = Math.max(0, size - k) + 1; bound <= size; bound++) {
    const drawn = rng.below(bound)
    chosen.add(chosen.has(drawn) ? bound - 1 : drawn)
  }
  return [...chosen].sort((a, b) => a - b)
}

import type { PlacedBlock, PlacedLine, Range } from './number-line.ts'
import type { ColocatedPlan } from './plan.ts'
import type { SpaceInputs } from './pool-axes.ts'
import type { Reason } from './reason.ts'
import { firstBroken, rulesDecidedBy } from './rules/index.ts'
import { parts, type Rule } from './rules/rule.ts'

export interface Visitor {
  readonly onPlan: (index: number, plan: ColocatedPlan) => void
  readonly onSkip: (from: number, to: number, reason: Reason) => void
}

const planless = rulesDecidedBy(undefined)
const [pipelineRules, ...digitRules] = parts.map(rulesDecidedBy)

/**
 * Visits [range.from, range.to) of one pool in order. Each rule is asked once per subtree, as soon as the parts it looks at are fixed,
 * with the first plan of the subtree: what comes after those parts does not matter to it.
 */
export function walkLine(inputs: SpaceInputs, placed: PlacedLine, range: Range, { onPlan, onSkip }: Visitor): void {
  const { model, engine, workload, role } = inputs
  const { line } = placed
  const broken = (rules: readonly Rule[], plan: ColocatedPlan) =>
    rules.length === 0 ? null : firstBroken(rules, { model, engine, workload, pool: line.pool, plan, ...(role !== undefined && { role }) })
  const skip = (from: number, to: number, reason: Reason) => onSkip(Math.max(from, range.from), Math.min(to, range.to), reason)

  function descend(block: PlacedBlock, depth: number, start: number, digits: number[]): void {
    const stride = block.strides[depth]!
    const count = block.block.counts[depth]!
    for (let value = Math.max(0, Math.floor((range.from - start) / stride)); value < count; value++) {
      const from = start + value * stride
      if (from >= range.to) break
      digits[depth] = value
      digits.fill(0, depth + 1)
      const plan = line.planOf(block.block, digits)
      const reason = broken(digitRules[depth]!, plan)
      if (reason !== null) skip(from, from + stride, reason)
      else if (depth === digits.length - 1) onPlan(from, plan)
      else descend(block, depth + 1, from, digits)
    }
  }

  const first = placed.blocks[0]!
  const zeros = () => first.strides.map(() => 0)
  const unconditional = broken(planless, line.planOf(first.block, zeros()))
  if (unconditional !== null) {
    skip(placed.from, placed.to, unconditional)
    return
  }
  for (const block of placed.blocks) {
    if (block.to <= range.from || block.from >= range.to) continue
    const digits = zeros()
    const reason = broken(pipelineRules!, line.planOf(block.block, digits))
    if (reason !== null) skip(block.from, block.to, reason)
    else descend(block, 0, block.from, digits)
  }
}

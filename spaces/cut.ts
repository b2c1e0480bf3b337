import type { Layout } from './plan.ts'
import type { CutAxis } from './tensor.ts'

/** The width of a plan that cuts tensors of an axis. */
export const cuttingWidth = {
  attention: 'tp',
  dense: 'ffnTp',
  expert: 'moeTp',
  vocab: 'tp',
} as const satisfies Readonly<Record<Exclude<CutAxis, 'none'>, keyof Layout>>

/** Ranks that share a tensor of this axis. */
export function cutWidth(axis: CutAxis, layout: Layout): number {
  return axis === 'none' ? 1 : layout[cuttingWidth[axis]]
}

import type { Model } from '../../../spaces/model.ts'
import type { Layout } from '../../../spaces/plan.ts'
import { completeLayout } from '../../../spaces/plan-key.ts'
import type { Reason } from '../../../spaces/reason.ts'
import { expertCounts } from '../../../spaces/rules/experts.ts'
import type { Measured } from './measured.ts'

/** Whose columns: those of a colocated plan, or of one kind of worker. */
export type Side = '' | 'prefill_' | 'decode_'

/** GPUs of all workers of a side, and how many workers there are. */
export function sizeOf(row: Measured, side: Side): { readonly gpus: number; readonly workers: number } {
  const one = workerGpus(row, side)
  const gpus = row.number(`${side}gpus`) ?? one * (side === '' ? 1 : (row.number(`${side}workers`) ?? 1))
  return { gpus, workers: gpus / one }
}

/** A reason where the widths do not make the GPUs. */
export function unevenSize(row: Measured, side: Side): Reason | undefined {
  const { gpus, workers } = sizeOf(row, side)
  if (Number.isInteger(workers)) return undefined
  const stages = workerGpus(row, side)
  return { code: 'layout', message: `${side}tp x pp x dp = ${stages} does not divide ${gpus} GPUs`, numbers: { stages, gpus } }
}

function workerGpus(row: Measured, side: Side): number {
  const { tp, pp, dp } = widths(row, side)
  return tp * pp * dp
}

function widths(row: Measured, side: Side) {
  return { tp: row.number(`${side}tp`) ?? 1, pp: side === '' ? (row.number('pp') ?? 1) : 1, dp: row.number(`${side}dp`) ?? 1 }
}

/** One worker, or as many replicas as fill the GPUs; experts are cut by TP over what EP leaves of a stage. */
export function layoutOf(row: Measured, side: Side, model: Model, expertParallel: number | undefined): Layout {
  const { tp, pp, dp } = widths(row, side)
  const [experts = 0] = expertCounts(model)
  const stage = tp * dp
  const ep = expertParallel ?? row.number(`${side}ep`) ?? 1
  const stated = expertParallel === undefined ? row.number(`${side}moe_tp`) : undefined
  return completeLayout({
    replicas: side === '' ? sizeOf(row, side).workers : 1,
    ...{ pp, attentionDp: dp, sp: 1, spKind: undefined, tp, dcp: 1, ep, moeDp: 1 },
    moeTp: experts > 0 ? (stated ?? stage / ep) : stage,
    // A measured layout that does not divide its experts has redundant ones: as many as it takes.
    redundantExperts: experts > 0 ? (ep - (experts % ep)) % ep : 0,
  })
}

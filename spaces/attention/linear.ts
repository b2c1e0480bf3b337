import type { Tensor } from '../tensor.ts'

/** Bytes of one layer's state: the recurrence in fp32, the last `conv - 1` inputs of the convolution in bf16, as engines keep them. */
export function stateBytes(state: { readonly recurrent: number; readonly channels?: number; readonly conv?: number }): number {
  return 4 * state.recurrent + 2 * (state.channels ?? 0) * ((state.conv ?? 1) - 1)
}

/** A weight of a recurrent mixer, cut by the attention TP group: columns unless `side` says rows, none where `units` is absent. */
interface LinearTensor {
  readonly name: string
  readonly out: number
  readonly in: number
  readonly bias?: number
  readonly units?: number
  readonly side?: 'out' | 'in'
}

export function linearTensors(rows: readonly LinearTensor[]): readonly Tensor[] {
  return rows.map((row) => ({
    ...row,
    component: 'linearAttn',
    axis: row.units === undefined ? 'none' : 'attention',
    side: row.side ?? 'out',
    units: row.units ?? 1,
  }))
}

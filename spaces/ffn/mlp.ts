import type { Component, CutAxis, Tensor } from '../tensor.ts'

/** One gated (three matrices) or plain (two) MLP: a dense block, a shared expert, or `copies` routed ones. */
interface Mlp {
  readonly prefix: string
  readonly component: Component
  readonly axis: CutAxis
  readonly hidden: number
  readonly intermediate: number
  readonly gated: boolean
  readonly bias?: boolean
  readonly copies?: number
}

/** Gate and up projections cut by columns, the down projection by rows, so that nothing is exchanged in between. */
export function mlpTensors(mlp: Mlp): readonly Tensor[] {
  const { prefix, component, axis, hidden, intermediate, copies } = mlp
  const shared = { component, axis, units: intermediate, ...(copies === undefined ? {} : { copies }) }
  const column = { ...shared, out: intermediate, in: hidden, bias: mlp.bias ? intermediate : 0, side: 'out' } as const
  return [
    ...(mlp.gated ? [{ name: `${prefix}gate_proj`, ...column }] : []),
    { name: `${prefix}up_proj`, ...column },
    { name: `${prefix}down_proj`, ...shared, out: hidden, in: intermediate, bias: mlp.bias ? hidden : 0, side: 'in' },
  ]
}

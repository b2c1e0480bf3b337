import type { EfficiencyRow } from '../../cost-model/calibration.ts'
import type { RateSource } from '../../cost-model/device.ts'
import type { Bound } from './least-squares.ts'

type Constant = Exclude<keyof EfficiencyRow, 'basis' | 'family' | 'phase' | 'format' | 'tile'>

interface FittedConstant extends Bound {
  readonly name: Constant
  /** Where a row has none. */
  readonly otherwise: number
}

const log = (name: Constant, least: number, most: number, otherwise: number): FittedConstant => ({
  name,
  least,
  most,
  log: true,
  otherwise,
})
const linear = (name: Constant, least: number, most: number, otherwise: number): FittedConstant => ({
  name,
  least,
  most,
  log: false,
  otherwise,
})

// Shares stay below 1: a micro-benchmark whose operands lie in a cache seems to read faster than the memory is.
const common = [log('compute', 0.05, 0.95, 0.5), log('memory', 0.05, 0.95, 0.7), log('floor', 2e-7, 1e-4, 5e-6)]

/** Constants that a fit may change, by family, within bounds that hardware can have. */
const constants: Partial<Record<EfficiencyRow['family'], readonly FittedConstant[]>> = {
  linear: common,
  attention: common,
  mla: common,
  scan: common,
  expert: [...common, linear('perDoubling', 0, 2e-5, 2e-6)],
}

/** None for families whose kernels nobody timed alone. */
export function constantsOf(family: EfficiencyRow['family']): readonly FittedConstant[] {
  return constants[family] ?? []
}

/** Values that a row has for them; `compute` may have come from the ceiling of matrix products. */
export function valuesOf(constants: readonly FittedConstant[], { row, compute }: RateSource): readonly number[] {
  return constants.map(({ name, otherwise }) => row[name] ?? (name === 'compute' ? compute : otherwise))
}

/** A row with these values, three digits each. */
export function withValues(row: EfficiencyRow, constants: readonly FittedConstant[], values: readonly number[]): EfficiencyRow {
  return { ...row, ...Object.fromEntries(constants.map(({ name }, i) => [name, Number(values[i]!.toPrecision(3))])) }
}

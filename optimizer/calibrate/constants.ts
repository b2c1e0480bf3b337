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

// Shares stay below 1: a micro-benchmark whose operands lie in a cache seems to read faster than the memory is. Other bounds are where
// fits of single formats ended that meant nothing: an exponent of 8 is a maximum, a prologue of 600 a product of its own.
const common = [log('compute', 0.05, 0.95, 0.5), log('memory', 0.05, 0.95, 0.7), log('floor', 2e-7, 1e-4, 5e-6), log('exponent', 1, 8, 8)]
const longest = log('longest', 0.1, 1, 1)

/** Constants that a fit may change, by family (and phase, where it matters), within bounds that hardware can have. */
const constants: Readonly<Record<string, readonly FittedConstant[]>> = {
  linear: [...common, linear('prologue', 0, 600, 100), linear('edge', 0, 110, 20), linear('split', 0, 6e-6, 2e-6)],
  'attention prefill': [...common, linear('headSize', 0, 250, 70), longest],
  'attention decode': [...common, longest, linear('perContextDoubling', 0, 2e-6, 0)],
  'mla prefill': [...common, longest],
  'mla decode': [...common, longest, linear('perContextDoubling', 0, 2e-6, 0)],
  scan: common.slice(0, 3),
  expert: [
    ...common,
    linear('perDoubling', 0, 2e-5, 2e-6),
    linear('perExpert', 0, 3e-7, 0),
    linear('permute', 0, 2, 0.5),
    linear('hot', 0.005, 0.3, 0.1),
  ],
}

/** Families that can be fitted, in the words of a calibration. */
export const fittedFamilies = [...new Set(Object.keys(constants).map((key) => key.split(' ')[0]!))]

/** None for families whose kernels nobody timed alone. */
export function constantsOf({ family, phase }: Pick<EfficiencyRow, 'family' | 'phase'>): readonly FittedConstant[] {
  return constants[`${family} ${phase}`] ?? constants[family] ?? []
}

/** Values that a row has for them; `compute` may have come from the ceiling of matrix products. */
export function valuesOf(constants: readonly FittedConstant[], { row, compute }: RateSource): readonly number[] {
  return constants.map(({ name, otherwise }) => row[name] ?? (name === 'compute' ? compute : otherwise))
}

/** A row with these values, three digits each. */
export function withValues(row: EfficiencyRow, constants: readonly FittedConstant[], values: readonly number[]): EfficiencyRow {
  return { ...row, ...Object.fromEntries(constants.map(({ name }, i) => [name, Number(values[i]!.toPrecision(3))])) }
}

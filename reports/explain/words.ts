import type { OpExplanation } from '../../cost-model/explain/explanation.ts'
import { printNumber } from '../number.ts'

/** 0.0000123 -> `12.3 us`. */
export function printSeconds(seconds: number): string {
  const size = Math.abs(seconds)
  if (size === 0) return '0'
  // The unit is of the number as printed: 999.7 us reads 1 ms.
  if (size < 0.9995e-3) return `${printNumber(seconds * 1e6, 3)} us`
  if (size < 0.9995) return `${printNumber(seconds * 1e3, 3)} ms`
  return `${printNumber(seconds, 4)} s`
}

/** 0.1234 -> `12.3 %`; what is less than a tenth of a percent says so. */
export function printShare(share: number): string {
  if (share > 0 && share < 0.0005) return '<0.1 %'
  if (share === 0) return '0 %'
  return `${(share * 100).toFixed(share < 0.9995 ? 1 : 0)} %`
}

const steps = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const

function scaled(value: number, unit: string): string {
  const step = value < 1 ? 0 : Math.min(steps.length - 1, Math.floor(Math.log10(value * 1.0005) / 3))
  return `${printNumber(value / 1000 ** step, 3)} ${steps[step]}${unit}`
}

export function printFlops(flops: number): string {
  return scaled(flops, 'FLOP')
}

/** Traffic, in powers of ten like bandwidths. */
export function printTraffic(bytes: number): string {
  return scaled(bytes, 'B')
}

/** Capacity, in powers of two like memories. */
export function printGib(bytes: number): string {
  return `${printNumber(bytes / 2 ** 30, 3)} GiB`
}

/** `all-reduce tp x8, NVLink`; the kind alone for what exchanges nothing. */
export function describeExchange({ kind, exchange }: Pick<OpExplanation, 'kind' | 'exchange'>): string {
  return exchange === undefined ? kind : `${kind} ${exchange.axis} x${exchange.size}, ${exchange.link}`
}

/** Everything about an op, a fact a line: what a drawing shows on hover. */
export function describeOp(op: OpExplanation): readonly string[] {
  const { efficiency, exchange } = op
  const reached =
    efficiency === undefined
      ? []
      : [`efficiency ${printShare(efficiency.compute)} of ${efficiency.math} peak, ${printShare(efficiency.memory)} of HBM bandwidth`]
  const group = exchange === undefined ? [] : [`${describeExchange(op)}, ${exchange.stride} apart, sends ${printTraffic(op.sent)} a rank`]
  return [
    `${op.name}: ${op.kind}, ${printNumber(op.rows, 5)} rows a rank`,
    `${printSeconds(op.seconds)} a run, bound by ${op.bound}${op.critical ? ', on the critical path' : ''}`,
    ...(op.lane === 'network'
      ? group
      : [
          `floor ${printSeconds(op.floor)}, arithmetic ${printSeconds(op.compute)}, memory ${printSeconds(op.memory)}`,
          `${printFlops(op.flops)}, reads ${printTraffic(op.read)}, writes ${printTraffic(op.write)}`,
          ...reached,
        ]),
    `${op.pedigree}: ${op.basis}`,
    `in ${op.in}; out ${op.out}`,
  ]
}

import type { OpExplanation } from '../../cost-model/explain/explanation.ts'
import { flop, time, traffic } from '../explain-text/quantity.ts'
import { printNumber } from '../number.ts'

/** 0.1234 -> `12.3 %`; what is less than a tenth of a percent says so. */
export function printShare(share: number): string {
  if (share > 0 && share < 0.0005) return '<0.1 %'
  if (share === 0) return '0 %'
  return `${(share * 100).toFixed(share < 0.9995 ? 1 : 0)} %`
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
  const group = exchange === undefined ? [] : [`${describeExchange(op)}, ${exchange.stride} apart, sends ${traffic(op.sent)} a rank`]
  return [
    `${op.name}: ${op.kind}, ${printNumber(op.rows, 5)} rows a rank`,
    `${time(op.seconds)} a run, bound by ${op.bound}${op.critical ? ', on the critical path' : ''}`,
    ...(op.lane === 'network'
      ? group
      : [
          `floor ${time(op.floor)}, arithmetic ${time(op.compute)}, memory ${time(op.memory)}`,
          `${flop(op.flops) || 'no arithmetic'}, reads ${traffic(op.read) || 'nothing'}, writes ${traffic(op.write) || 'nothing'}`,
          ...reached,
        ]),
    `${op.pedigree}: ${op.basis}`,
    `in ${op.in}; out ${op.out}`,
  ]
}

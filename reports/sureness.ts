import type { Result } from '../optimizer/result-schema.ts'
import { printNumber } from './number.ts'

type Values = Result['recommended'][number]['values']

/** How sure the figures of a plan are: its 80 % bands, the errors they are from, and its chances. */
export function sureness(values: Values): string {
  const bands = [
    range('TTFT', values.ttft_ms_lo80, values.ttft_ms_hi80, 'ms'),
    range('TPOT', values.tpot_ms_lo80, values.tpot_ms_hi80, 'ms'),
    range('throughput', values.out_tok_s_per_gpu_lo80, values.out_tok_s_per_gpu_hi80, 'tokens/s per GPU'),
  ].flat()
  const chances = [chance(values.p_front, 'on the front'), chance(values.p_slo, 'meets every limit')].flat()
  return [`80 % bands (${values.regime ?? 'no regime'}): ${bands.join(', ')}`, ...chances].join('; ')
}

function range(name: string, lo: unknown, hi: unknown, unit: string): readonly string[] {
  return typeof lo === 'number' && typeof hi === 'number' ? [`${name} ${printNumber(lo, 3)} to ${printNumber(hi, 3)} ${unit}`] : []
}

function chance(share: unknown, what: string): readonly string[] {
  return typeof share === 'number' ? [`${what} with a chance of ${printNumber(100 * share, 2)} %`] : []
}

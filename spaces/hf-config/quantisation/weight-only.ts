import { at } from '../json.ts'
import { groupedFormat } from './integers.ts'
import { matcher } from './patterns.ts'
import { isInLayer, type QuantConfig, type Scheme } from './scheme.ts'
import { maybeNumber, texts } from './values.ts'

/** AWQ, GPTQ and their kin: grouped integers with scales and zero points. */
export function grouped(quant: QuantConfig): Scheme {
  const method = String(at(quant.values, 'quant_method'))
  const bits = maybeNumber(quant, 'bits') ?? maybeNumber(quant, 'w_bit')
  const group = maybeNumber(quant, 'group_size') ?? maybeNumber(quant, 'q_group_size')
  return weightOnly(quant, method, groupedFormat(quant.config, method, bits, group))
}

export function bitsandbytes(quant: QuantConfig): Scheme {
  const eightBit = at(quant.values, 'load_in_8bit') === true
  return weightOnly(quant, `bitsandbytes ${eightBit ? 'int8' : 'nf4'}`, eightBit ? 'int8' : 'nf4')
}

function weightOnly(quant: QuantConfig, quantization: string, format: string): Scheme {
  const kept = matcher([...texts(quant, 'modules_to_not_convert'), ...texts(quant, 'llm_int8_skip_modules')])
  const stored = { format, activation: 'bf16' }
  return { quantization, storedAs: (weight) => (isInLayer(weight) && !kept(weight.paths) ? stored : undefined) }
}

/** gpt-oss: routed experts alone. */
export function mxfp4(): Scheme {
  const stored = { format: 'mxfp4', activation: 'bf16' }
  return {
    quantization: 'mxfp4 experts, bf16 rest',
    storedAs: ({ component }) => (component === 'routedExperts' ? stored : undefined),
  }
}

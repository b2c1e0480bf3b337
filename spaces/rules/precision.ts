import { figureValue } from '../figure.ts'
import type { Gpu } from '../gpu.ts'
import type { Model } from '../model.ts'
import { format } from '../precision.ts'
import type { Rule } from './rule.ts'

/** Formats in which engines keep the KV cache. It is only stored in them: attention computes in 16 bits, so any GPU will do. */
export const kvFormats: readonly string[] = ['fp32', 'bf16', 'fp16', 'fp8', 'int8', 'nvfp4']

/** Formats in which collectives can send and add activations. */
export const commFormats: readonly string[] = ['fp32', 'bf16', 'fp16', 'fp8']

/**
 * Formats of weights that a matrix product takes with each format of activations. With 16-bit activations weights are only stored
 * (dequantised on the fly); narrower ones run on matching matrix units, or on those of the activations (W4A8).
 */
const weightsFor: Readonly<Record<string, readonly string[]>> = {
  fp32: ['fp32'],
  bf16: ['bf16', 'fp8', 'fp8-block', 'fp8-block-ue8m0', 'int8', 'mxfp8', 'nvfp4', 'mxfp4', 'int4-g32', 'int4-g128', 'awq', 'nf4'],
  fp16: ['fp16', 'fp8', 'fp8-block', 'fp8-block-ue8m0', 'int8', 'mxfp8', 'nvfp4', 'mxfp4', 'int4-g32', 'int4-g128', 'awq', 'nf4'],
  fp8: ['fp8', 'fp8-block', 'fp8-block-ue8m0', 'nvfp4', 'mxfp4', 'int4-g32', 'int4-g128', 'awq'],
  int8: ['int8', 'int4-g32', 'int4-g128'],
  mxfp8: ['mxfp8', 'mxfp4'],
  nvfp4: ['nvfp4'],
  mxfp4: ['mxfp4'],
}

export const activationFormats: readonly string[] = Object.keys(weightsFor)

/**
 * Whether matrix products with these activations have units worth using. Narrow ones that are slower than 16 bits are not: int8 of V100 is no
 * tensor core's, B300 kept next to none of it.
 */
export function multiplies({ flops }: Gpu, activations: string): boolean {
  const { math, bytes, scaledByUnits } = format(activations)
  const [own, half] = [flops[math], flops.bf16 ?? flops.fp16]
  if (own === undefined || (scaledByUnits && flops.fp4 === undefined)) return false
  return bytes >= 2 || half === undefined || figureValue(own) >= figureValue(half)
}

export const gpuComputesActivations: Rule = {
  name: 'gpu-arithmetic',
  why: 'Matrix products run in the arithmetic of their activations, which the GPU must have; weights that are only stored need none.',
  needs: ['activations'],
  check: ({ pool: { gpu }, plan }) => {
    const { activations } = plan.precision
    if (multiplies(gpu, activations)) return null
    const others = activationFormats.filter((name) => multiplies(gpu, name)).join(', ')
    return {
      message: `${gpu.name} has no matrix units worth using for ${activations} activations (it has for ${others})`,
      numbers: { gpu: gpu.id, activations },
    }
  },
}

export const weightsMatchActivations: Rule = {
  name: 'weights-match-activations',
  why: 'Kernels exist for some pairs of weight and activation formats only.',
  needs: ['weights', 'activations'],
  check: ({ model, plan }) => {
    const { weights, activations } = plan.precision
    const pairs = weights === 'shipped' ? shippedActivations(model) : activationFormats.filter((a) => weightsFor[a]!.includes(weights))
    if (pairs.includes(activations)) return null
    return {
      message: `${weights} weights do not multiply ${activations} activations (they do ${pairs.join(', ')})`,
      numbers: { weights, activations },
    }
  },
}

/** What a checkpoint was made for, 16 bits, and what multiplies all of its quantised formats (gpt-oss: mxfp8 on Blackwell). */
function shippedActivations({ checkpoint }: Model): readonly string[] {
  const stored = new Set(Object.values(checkpoint.formats).flatMap((shares) => shares.map(([name]) => name)))
  const quantised = [...stored].filter((name) => !['fp32', 'bf16', 'fp16'].includes(name))
  const others = quantised.length === 0 ? [] : activationFormats.filter((a) => quantised.every((name) => weightsFor[a]!.includes(name)))
  return [...new Set([checkpoint.activation, 'bf16', 'fp16', ...others])]
}

export const kvIsStorable: Rule = {
  name: 'kv-format',
  why: 'The KV cache is written token by token, in formats that scale single heads or tokens.',
  needs: ['kv'],
  check: ({ plan }) => {
    const { kv } = plan.precision
    if (kvFormats.includes(kv)) return null
    return { message: `the KV cache cannot be kept in ${kv} (it can in ${kvFormats.join(', ')})`, numbers: { kv } }
  },
}

export const commIsAddable: Rule = {
  name: 'comm-format',
  why: 'Collectives add what they send, in formats that sum without block scales.',
  needs: ['comm'],
  check: ({ plan }) => {
    const { comm } = plan.precision
    if (commFormats.includes(comm)) return null
    return { message: `collectives cannot add ${comm} (they can ${commFormats.join(', ')})`, numbers: { comm } }
  },
}

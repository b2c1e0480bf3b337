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

export const gpuComputesActivations: Rule = {
  name: 'gpu-arithmetic',
  why: 'Matrix products run in the arithmetic of their activations, which the GPU must have; weights that are only stored need none.',
  needs: ['activations'],
  check: ({ pool, plan }) => {
    const { activations } = plan.precision
    const { math } = format(activations)
    if (pool.gpu.flops[math] !== undefined) return null
    const units = Object.keys(pool.gpu.flops).filter((unit) => pool.gpu.flops[unit as typeof math] !== undefined)
    return {
      message: `${pool.gpu.name} has no ${math} arithmetic for ${activations} activations (it has ${units.join(', ')})`,
      numbers: { gpu: pool.gpu.id, activations, math },
    }
  },
}

export const weightsMatchActivations: Rule = {
  name: 'weights-match-activations',
  why: 'Kernels exist for some pairs of weight and activation formats only.',
  needs: ['weights', 'activations'],
  check: ({ model, plan }) => {
    const { weights, activations } = plan.precision
    const shipped = [model.checkpoint.activation, 'bf16', 'fp16']
    const allowed = weights === 'shipped' ? shipped.includes(activations) : weightsFor[activations]?.includes(weights)
    if (allowed) return null
    const pairs = weights === 'shipped' ? [...new Set(shipped)] : activationFormats.filter((a) => weightsFor[a]!.includes(weights))
    return {
      message: `${weights} weights do not multiply ${activations} activations (they do ${pairs.join(', ')})`,
      numbers: { weights, activations },
    }
  },
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

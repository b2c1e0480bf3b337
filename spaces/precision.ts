/** Arithmetic a GPU's matrix units offer; a key of `Gpu.flops`. */
export type MathDtype = 'fp32' | 'tf32' | 'fp16' | 'bf16' | 'fp8' | 'int8' | 'fp4'

/** How numbers are stored: bytes per element with the scales counted, and the block that shares a scale. */
export interface Format {
  readonly name: string
  /** Bytes per element, scales included. */
  readonly bytes: number
  /** [out-features, in-features] that share one scale: a shard must not cut through it. */
  readonly block?: readonly [number, number]
  /** Engines deal experts out in whole blocks and pad the last ranks, so that a width need not divide them (gpt-oss: 90 blocks over TP 4 and 8). */
  readonly paddedExperts?: true
  /** Products of it need matrix units that scale blocks themselves: they came with fp4 (Blackwell, CDNA4). */
  readonly scaledByUnits?: true
  /** Matrix arithmetic when weights are in this format and activations are quantised to match. */
  readonly math: MathDtype
  readonly doc: string
}

const formats: readonly Format[] = [
  { name: 'fp32', bytes: 4, math: 'fp32', doc: 'IEEE single' },
  { name: 'bf16', bytes: 2, math: 'bf16', doc: 'bfloat16' },
  { name: 'fp16', bytes: 2, math: 'fp16', doc: 'IEEE half' },
  { name: 'fp8', bytes: 1, math: 'fp8', doc: 'e4m3, one scale per tensor' },
  { name: 'fp8-block', bytes: 1 + 4 / 16384, block: [128, 128], math: 'fp8', doc: 'e4m3, fp32 scale per 128x128 block' },
  { name: 'fp8-block-ue8m0', bytes: 1 + 1 / 16384, block: [128, 128], math: 'fp8', doc: 'e4m3, one-byte scale per 128x128 block' },
  { name: 'int8', bytes: 1, math: 'int8', doc: 'int8, one scale per channel' },
  { name: 'mxfp8', bytes: 1 + 1 / 32, block: [1, 32], scaledByUnits: true, math: 'fp8', doc: 'OCP MXFP8, one-byte scale per 32' },
  { name: 'nvfp4', bytes: 0.5 + 1 / 16, block: [1, 16], math: 'fp4', doc: 'NVFP4, fp8 scale per 16' },
  { name: 'mxfp4', bytes: 0.5 + 1 / 32, block: [1, 32], paddedExperts: true, math: 'fp4', doc: 'OCP MXFP4, one-byte scale per 32' },
  { name: 'int4-g32', bytes: 0.5 + 2 / 32, block: [1, 32], math: 'bf16', doc: 'int4 weight-only, bf16 scale per 32' },
  { name: 'int4-g128', bytes: 0.5 + 2 / 128, block: [1, 128], math: 'bf16', doc: 'int4 weight-only, bf16 scale per 128' },
  { name: 'awq', bytes: 0.5 + 2.5 / 128, block: [1, 128], math: 'bf16', doc: 'AWQ int4, scale and zero point per 128' },
  { name: 'nf4', bytes: 0.5 + 4 / 64, block: [1, 64], math: 'bf16', doc: 'bitsandbytes NF4, fp32 scale per 64' },
]

const byName: ReadonlyMap<string, Format> = new Map(formats.map((f) => [f.name, f]))

export const formatNames: readonly string[] = formats.map((f) => f.name)

export function findFormat(name: string): Format | undefined {
  return byName.get(name)
}

/** The format of that name; asking for one that does not exist is a bug (inputs are checked before). */
export function format(name: string): Format {
  const found = byName.get(name)
  if (found === undefined) throw new Error(`unknown format: ${name}`)
  return found
}

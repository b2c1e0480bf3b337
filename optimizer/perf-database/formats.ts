/** Formats by the names that tables give them: of the weights (or the cache), and of what activations are cast to. */
const formats: Readonly<Record<string, { readonly weights: string; readonly activations: string }>> = {
  bfloat16: { weights: 'bf16', activations: 'bf16' },
  float16: { weights: 'fp16', activations: 'fp16' },
  half: { weights: 'fp16', activations: 'fp16' },
  int8: { weights: 'int8', activations: 'int8' },
  fp8: { weights: 'fp8', activations: 'fp8' },
  fp8_block: { weights: 'fp8-block', activations: 'fp8' },
  nvfp4: { weights: 'nvfp4', activations: 'nvfp4' },
  int4_wo: { weights: 'int4-g128', activations: 'bf16' },
  int8_wo: { weights: 'int8', activations: 'bf16' },
  sq: { weights: 'int8', activations: 'int8' },
  w4a16_mxfp4: { weights: 'mxfp4', activations: 'bf16' },
  w4a8_mxfp4_mxfp8: { weights: 'mxfp4', activations: 'mxfp8' },
}

/** Undefined for a name that no table had yet. */
export function formatOf(dtype: string): { readonly weights: string; readonly activations: string } | undefined {
  return Object.hasOwn(formats, dtype) ? formats[dtype] : undefined
}

/** Why a row of such a name is left out. */
export function unknownFormat(dtype: string): { readonly skip: string } {
  return { skip: `no format is known as "${dtype}"` }
}

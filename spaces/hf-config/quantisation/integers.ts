import type { HfConfig } from '../fields.ts'

/** Scales that share a group: int4 weights are stored with one every 32 or every 128. */
export function int4Format(config: HfConfig, group: number | undefined): string {
  if (group === 32) return 'int4-g32'
  if (group !== 128) config.warn(`int4 in groups of ${group ?? 'a whole channel'} is read as groups of 128`)
  return 'int4-g128'
}

/** int4 with scale and zero point per group of 128; int8 with a scale per channel. */
export function groupedFormat(config: HfConfig, method: string, bits: number | undefined, group: number | undefined): string {
  if (bits === 8) return 'int8'
  if (bits !== 4) config.warn(`${method} in ${bits ?? 'an unknown number of'} bits is read as 4 bits`)
  if (group !== 128) config.warn(`${method} in groups of ${group ?? 'an unknown size'} is read as groups of 128`)
  return 'awq'
}

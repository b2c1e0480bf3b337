import { findFormat, format } from '../../spaces/precision.ts'
import type { Formats, Linear } from '../graph.ts'
import type { RowWork } from '../work.ts'

/** Activations between ops are kept in 16 bits. */
export const activationBytes = 2

/** y = x W: 2 FLOP per weight and row; the weight is read once however many rows there are. */
export function linearWork({ dims, formats, activations }: Linear): RowWork {
  return {
    flops: 2 * dims.weight,
    fixed: dims.weight * storedBytes(formats),
    read: dims.in * inputBytes(formats, activations),
    write: dims.out * activationBytes,
    sent: 0,
    messages: 0,
  }
}

/** Bytes per element of weights in several formats. */
export function storedBytes(formats: Formats): number {
  return formats.reduce((sum, [name, share]) => sum + share * format(name).bytes, 0)
}

/** Bytes per input element: quantised inputs only meet quantised weights. */
export function inputBytes(formats: Formats, activations: string): number {
  const narrow = findFormat(activations)?.bytes ?? activationBytes
  return formats.reduce((sum, [name, share]) => sum + share * (format(name).bytes < activationBytes ? narrow : activationBytes), 0)
}

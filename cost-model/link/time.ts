import type { Pedigree } from '../column.ts'
import { type Curve, curveSeconds } from './curve.ts'

/** Seconds of an exchange over its bytes, as data: a step sums many, and functions that return them would leave each number as garbage. */
export interface LinkTime {
  /** How the seconds of its parts come together: one after another, all at once, or the fastest alone. */
  readonly combine: 'sum' | 'max' | 'min'
  /** None: nothing is exchanged. */
  readonly parts: readonly LinkPart[]
  readonly pedigree: Pedigree
  /** What the figure is from: `h100-sxm nccl x8`, `alpha-beta scale-out`. */
  readonly basis: string
}

/** One way over one link level: start + (measured seconds, or without a curve the bytes, - floor) x scale, for one of `among` shares of the bytes. */
export interface LinkPart {
  readonly among: number
  readonly start: number
  readonly floor: number
  readonly scale: number
  readonly curve: Curve | undefined
}

export const nothing: LinkTime = { combine: 'sum', parts: [], pedigree: 'measured', basis: 'one rank' }

/** Latency, and seconds per byte. */
export function affine(latency: number, perByte: number): LinkPart {
  return { among: 1, start: latency, floor: 0, scale: perByte, curve: undefined }
}

/** A measured curve whose lowest point becomes `start`, and what is above it `scale` times as much. */
export function scaledCurve(curve: Curve, latency: number, scale: number): LinkPart {
  const floor = 2 ** curve.logs[0]!
  return { among: 1, start: floor * latency, floor, scale, curve }
}

/** As it was measured. */
export function measuredCurve(curve: Curve): LinkPart {
  return { among: 1, start: 0, floor: 0, scale: 1, curve }
}

/** The same exchange of one of `n` shares of its bytes. */
export function shared({ parts }: Pick<LinkTime, 'parts'>, n: number): readonly LinkPart[] {
  return parts.map((part) => ({ ...part, among: part.among * n }))
}

export function linkSeconds({ combine, parts }: Pick<LinkTime, 'combine' | 'parts'>, bytes: number): number {
  let seconds = 0
  for (let i = 0; i < parts.length; i++) {
    const { among, start, floor, scale, curve } = parts[i]!
    const own = bytes / among
    const part = start + ((curve === undefined ? own : curveSeconds(curve, own)) - floor) * scale
    if (i === 0 || combine === 'sum') seconds += part
    else seconds = combine === 'max' ? Math.max(seconds, part) : Math.min(seconds, part)
  }
  return seconds
}

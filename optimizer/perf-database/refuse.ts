import type { Measurement } from './read.ts'

/** An op may take so many times the fastest engine's time for the same call on the same GPU; more is a defect of its table. */
export const slowest = 1.15

export interface Refused {
  readonly measurement: Measurement
  /** Its time over the fastest. */
  readonly times: number
  readonly fastest: string
}

/** Measurements of one GPU and family, without those that are slower than another engine's table says they need be. */
export function refuseSlow(all: readonly Measurement[]): {
  readonly accepted: readonly Measurement[]
  readonly refused: readonly Refused[]
} {
  const fastest = new Map<string, Measurement>()
  for (const one of all) {
    const best = fastest.get(one.call)
    if (best === undefined || one.seconds < best.seconds) fastest.set(one.call, one)
  }
  const [accepted, refused]: [Measurement[], Refused[]] = [[], []]
  for (const one of all) {
    const best = fastest.get(one.call)!
    const times = one.seconds / best.seconds
    if (times <= slowest) accepted.push(one)
    else refused.push({ measurement: one, times, fastest: `${best.table.engine} ${best.table.version}` })
  }
  return { accepted, refused }
}

import type { Load } from '../load.ts'

/** Arrivals at one replica: requests per second, and coefficient of variation of the times between them (1: Poisson). */
export interface Stream {
  readonly rate: number
  readonly cv: number
}

/** What one replica serves in open loop: requests come by themselves, whatever the engine still has to do. */
export type OpenLoad = Omit<Load, 'concurrency'>

/** What each of `replicas` gets of a stream whose requests are routed at random: the more it is split, the closer to Poisson. */
export function splitStream({ rate, cv }: Stream, replicas: number): Stream {
  return { rate: rate / replicas, cv: Math.sqrt(1 + (cv * cv - 1) / replicas) }
}

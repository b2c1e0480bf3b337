import type { Stream } from '../open/arrivals.ts'
import { heldBack } from './closed.ts'
import { decodeRate, runningAt } from './decode.ts'
import { mostRunning, type Pair, type PairLimit, type PairServing, pairAt, pairCapacity } from './serve.ts'

/** More arrives than is ever served. */
export interface PairOverloaded {
  readonly kind: 'overloaded'
  readonly rate: number
  readonly by: PairLimit
}

export type PairOpen = { readonly kind: 'steady'; readonly served: PairServing } | PairOverloaded

/**
 * Arrivals at the whole pair. Each stage works at their rate; where all seats of the decode workers may be taken, requests wait as in a queue
 * with as many servers (Sakasegawa, Allen and Cunneen).
 */
export function pairOpen(pair: Pair, { rate, cv }: Stream): PairOpen {
  const capacity = pairCapacity(pair)
  if (rate >= capacity.rate) return { kind: 'overloaded', ...capacity }
  const { decode, decodeWorkers } = pair
  const most = mostRunning(decode)
  const running = runningAt(decode, rate / decodeWorkers, most)
  const point = { rate, seen: rate, running, arrivalCv: cv }
  const served = pairAt(pair, point)
  const [servers, utilisation] = [most * decodeWorkers, rate / (decodeWorkers * decodeRate(decode, most))]
  const service = decode.steps * decode.interval(most)
  const variability = (cv * cv + decode.outputCv * decode.outputCv) / 2
  const wait = (variability * (service / servers) * utilisation ** (Math.sqrt(2 * (servers + 1)) - 1)) / (1 - utilisation)
  return { kind: 'steady', served: pairAt(pair, point, heldBack(pair, served, wait)) }
}

import { decodeRate, runningAt } from './decode.ts'
import { mostRunning, type Pair, type PairServing, pairAt, pairCapacity } from './serve.ts'

/**
 * Closed loop of `concurrency` requests over the whole pair, each replaced when it finishes: as many decode as makes all of them add up,
 * concurrency = requests/s x (TTFT + (output - 1) x TPOT), at most the pair's capacity. What Little's law leaves beyond that is a wait before the
 * stage that bounds it; for room on a decode worker requests wait with their KV on the prefill worker while that has room, the rest before prefill.
 * A request meets the others alone: stations see (concurrency - 1) / concurrency of the rate.
 */
export function pairClosed(pair: Pair, concurrency: number): PairServing {
  const capacity = pairCapacity(pair)
  const most =
    capacity.by === 'seats' || capacity.by === 'kv'
      ? mostRunning(pair.decode)
      : runningAt(pair.decode, capacity.rate / pair.decodeWorkers, mostRunning(pair.decode))
  const others = (concurrency - 1) / concurrency
  const at = (running: number) => {
    const rate = Math.min(capacity.rate, pair.decodeWorkers * decodeRate(pair.decode, running))
    return { rate, seen: rate * others, running, arrivalCv: 1 }
  }
  const full = pairAt(pair, at(most))
  if (full.concurrency <= concurrency) {
    const left = concurrency / full.requestsPerSecond - full.e2e
    return pairAt(
      pair,
      at(most),
      capacity.by === 'prefill' || capacity.by === 'transfer' ? { wait: left, admission: 0 } : heldBack(pair, full, left),
    )
  }
  let [low, high] = [0, most]
  for (let i = 0; i < 60 && high - low > 1e-10 * most; i++) {
    const middle = (low + high) / 2
    if (pairAt(pair, at(middle)).concurrency < concurrency) low = middle
    else high = middle
  }
  return pairAt(pair, at(high))
}

/** A wait for room on a decode worker: with the KV on the prefill worker, and, once that is full, before prefill. */
export function heldBack(pair: Pair, served: PairServing, seconds: number): { readonly wait: number; readonly admission: number } {
  const room = Math.max(0, pair.prefill.holds - served.heldByPrefill)
  const admission = Math.min(seconds, (room * pair.prefillWorkers) / served.requestsPerSecond)
  return { wait: seconds - admission, admission }
}

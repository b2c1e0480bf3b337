import { decodeInterval } from '../../pipeline.ts'
import { decodedTokens, type Load, type StepFunction, tokensPerStep } from '../load.ts'
import { noPrompts, shapeOf } from '../shape.ts'

/** A decode worker: requests come with their KV, so that no step has a prompt. */
export interface DecodeWorker {
  /** Seconds between the steps of a request while so many run (1 at least; between whole numbers of a grid, straight lines). */
  interval(running: number): number
  /** Steps that decode an output, its first token aside. */
  readonly steps: number
  /** Most requests that run at once, as the plan says; and those that seats and KV allow. */
  readonly batch: number
  readonly seats: number
  readonly kvSeats: number
  /** Steps that pass between the arrival of KV and the first step of a request: half of the one under way, and the one already formed. */
  readonly joins: number
  readonly outputCv: number
}

export function decodeWorker(load: Load, step: StepFunction): DecodeWorker {
  const timed = new Map<number, number>()
  const at = (running: number) => {
    let seconds = timed.get(running)
    if (seconds === undefined) {
      const microbatches = Math.max(1, Math.min(load.pp, running / load.attentionDp))
      seconds = decodeInterval(step(shapeOf(load, noPrompts, running / microbatches)), microbatches)
      timed.set(running, seconds)
    }
    return seconds
  }
  return {
    interval: (running) => {
      if (running <= 1) return at(1)
      if (running === load.concurrency) return at(running)
      const [low, high] = gridAround(running)
      const [from, to] = [at(low), low === high ? 0 : at(high)]
      return low === high ? from : from + ((to - from) * (running - low)) / (high - low)
    },
    steps: decodedTokens(load) / tokensPerStep(load.speculation),
    batch: load.concurrency,
    seats: load.seats,
    kvSeats: load.kvSeats,
    joins: 0.5 + (load.scheduler.asyncScheduling ? 1 : 0),
    outputCv: load.oslCv,
  }
}

/** Neighbours on 1, 2, 3, 4, then four numbers to an octave. */
function gridAround(running: number): readonly [number, number] {
  if (running <= 4) return [Math.floor(running), Math.ceil(running)]
  const quarter = 2 ** Math.floor(Math.log2(running)) / 4
  return [Math.floor(running / quarter) * quarter, Math.ceil(running / quarter) * quarter]
}

/** Requests per second that a worker finishes while so many run. */
export function decodeRate(worker: DecodeWorker, running: number): number {
  return running / (worker.steps * worker.interval(running))
}

/** Requests that run while a worker finishes `rate` per second, at most `most`. */
export function runningAt(worker: DecodeWorker, rate: number, most: number): number {
  let [low, high] = [0, most]
  for (let i = 0; i < 48 && high - low > 1e-9 * most; i++) {
    const middle = (low + high) / 2
    if (decodeRate(worker, middle) < rate) low = middle
    else high = middle
  }
  return high
}

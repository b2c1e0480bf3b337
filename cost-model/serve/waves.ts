import type { Benchmark } from '../../spaces/benchmark.ts'
import { type Burst, startBurst } from './burst.ts'
import type { Serving } from './colocated.ts'
import { decodedTokens, type Load, type StepFunction } from './load.ts'
import { occupancyLimit } from './occupancy.ts'
import { lockstepPrefill, spreadPrefill } from './wave.ts'

/** The requests that every slot of a benchmark sends first, second... Seconds. */
export interface Waves {
  readonly start: Burst
  /** Requests that run at once, and how long each does. */
  readonly running: number
  readonly service: number
  /** Mean TTFT of each wave; the last stands for all that follow. */
  readonly ttft: readonly number[]
  /** Share of the measured requests in each. */
  readonly shares: readonly number[]
  /** Part of a request's life over which the ends of the last wave are spread. */
  readonly last: number
  /** Outputs are of one length: the second wave keeps the step of the first. */
  readonly inStep: boolean
}

const mostWaves = 32

export function wavesOf(load: Load, { promptsPerSlot, warmUp, burst }: Benchmark, steady: Serving, step: StepFunction): Waves {
  const running = Math.max(1, Math.min(load.concurrency, occupancyLimit(load).limit))
  const service = steady.e2e - steady.queue - load.perRequest
  const start = startBurst(load, running, step)
  // Tokens by which the ends of a wave differ, as the width of an even spread: sums of random lengths grow as a walk does.
  const walked = (wave: number) => decodedTokens(load) * load.oslCv * Math.sqrt(12 * wave)
  const part = (wave: number) => (burst ? Math.min(1, Math.hypot(start.end, walked(wave) * steady.tpot) / service) : 1)
  const inStep = (wave: number) => burst && walked(wave) < 1 && (!load.scheduler.mixedSteps || steady.regime !== 'prefill-bound')
  const seated = (wave: number) =>
    inStep(wave) ? lockstepPrefill(load, running, start, step) : spreadPrefill(load, running, part(wave), step)
  const end = warmUp + promptsPerSlot
  const count = Math.min(Math.ceil(end), mostWaves)
  const ttft = Array.from({ length: count }, (_, wave) => {
    if (wave === 0 && burst) return load.perRequest + start.mean + seatWait(load.concurrency / running) * service
    return load.perRequest + steady.queue + seated(wave)
  })
  const shares = ttft.map((_, wave) => {
    const until = wave === count - 1 ? end : Math.min(end, wave + 1)
    return Math.max(0, until - Math.max(wave, warmUp)) / promptsPerSlot
  })
  return { start, running, service, ttft, shares, last: part(Math.ceil(end)), inStep: inStep(1) }
}

/** Lives of others that a request of the first wave waits for a seat, in the mean: none, one, two... for each time that seats are filled anew. */
function seatWait(crowd: number): number {
  const whole = Math.floor(crowd + 1e-9)
  return ((whole * (whole - 1)) / 2 + (crowd - whole) * whole) / crowd
}

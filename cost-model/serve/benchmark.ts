import type { Benchmark } from '../../spaces/benchmark.ts'
import type { Engine } from '../../spaces/engine.ts'
import type { Burst } from './burst.ts'
import { type Serving, serveColocated } from './colocated.ts'
import { decodedTokens, type Load, type StepFunction, tokensPerStep } from './load.ts'
import { noPrompts, shapeOf } from './shape.ts'
import { wavesOf } from './waves.ts'

/** What a closed-loop benchmark prints as means over its requests; requests per second of the whole run, its end included. Seconds. */
export interface Benchmarked extends Pick<Serving, 'ttft' | 'tpot' | 'e2e' | 'requestsPerSecond' | 'running' | 'queue' | 'regime'> {
  readonly start: Burst
  /** Mean TTFT of the requests of the burst, and the share of the measured requests that they are. */
  readonly first: number
  readonly firstShare: number
  /** The part of the TTFT in which a client waits for more tokens, which the engine sends together. */
  readonly delivered: number
}

/** How tokens and requests reach an engine and leave it. */
export type Delivery = Pick<Engine['scheduler'], 'streamInterval' | 'receiveInterval'>

/**
 * The first wave is a burst; the next come spread over as much of a request's life as the burst took and lengths differ, until they fill all
 * of it: the steady state. The last requests meet fewer prompts and run in an emptying replica. On 80 random benchmarks that KV does not
 * limit, replayed step by step, the median error is 0.9 % in TTFT, 0.9 % in TPOT and 2 % in throughput; one in ten is beyond 5 %, 10 % and 4 %.
 */
export function serveBenchmark(load: Load, benchmark: Benchmark, delivery: Delivery, step: StepFunction): Benchmarked {
  const { promptsPerSlot, warmUp, burst } = benchmark
  const steady = serveColocated(load, step)
  const tokens = decodedTokens(load)
  const waves = wavesOf(load, benchmark, steady, step)
  const { start, running, last } = waves
  const plain = (n: number) => step(shapeOf(load, noPrompts, n)).latency / tokensPerStep(load.speculation)
  const [full, half] = [plain(running), plain(running / 2)]
  // Where prefill stalls decodes, requests in step meet no prompts while they decode; elsewhere those of the last wave meet half as many.
  const unmet = steady.parts.disturbance * (waves.inStep && !load.scheduler.mixedSteps ? 1 : 1 / (2 * promptsPerSlot))
  const tpot = tokens > 0 ? steady.tpot - unmet / tokens - (last * Math.max(0, full - half)) / (3 * promptsPerSlot) : 0
  const firstShare = burst ? waves.shares[0]! : 0
  const delivered = Math.min(tokens, (delivery.streamInterval ?? 1) - 1) * tpot
  const ttft = waves.ttft.reduce((sum, wave, i) => sum + wave * waves.shares[i]!, 0) + delivered
  const decoding = tokens * tpot - delivered

  // As many requests at the steady rate; what the burst takes longer, or a warm replica still has to do; and the end, in which it empties.
  const count = promptsPerSlot * load.concurrency
  const rate = load.concurrency / steady.e2e
  const { handover, prefill } = steady.parts
  const more = burst && warmUp === 0 ? Math.max(0, start.mean - handover - prefill) : waves.service * (1 - last / 2)
  const makespan = count / rate + more + last * (tokens * half - waves.service / 2)
  return {
    ...{ ttft, tpot: tokens > 0 ? decoding / tokens : 0, e2e: ttft + decoding },
    ...{ requestsPerSecond: count / makespan, running: steady.running },
    ...{ queue: steady.queue, regime: steady.regime, delivered },
    ...{ start, first: waves.ttft[0]! + delivered, firstShare },
  }
}

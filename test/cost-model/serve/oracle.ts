import type { Load, StepFunction } from '../../../cost-model/serve/load.ts'
import type { Stream } from '../../../cost-model/serve/open/arrivals.ts'
import { gamma } from '../../../cost-model/serve/open/random.ts'

/** KV of the simulated replica, in tokens. */
export interface Cache {
  readonly kvTokens: number
  readonly blockTokens: number
}

/** What a stepwise simulation of one replica measures: the judge of the closed form. */
interface Measured {
  readonly ttft: number
  readonly tpot: number
  /** Output tokens per second. */
  readonly throughput: number
  /** Of every request in turn, and of every token after the first: seconds. */
  readonly requests: readonly { readonly ttft: number; readonly tpot: number; readonly e2e: number }[]
  readonly intervals: readonly number[]
}

interface Request {
  readonly arrived: number
  readonly prompt: number
  readonly target: number
  /** Output tokens so far, tokens with KV, time of the first token. */
  made: number
  computed: number
  first: number
  last: number
}

/** Uniform numbers in [0, 1) (mulberry32). */
function uniform(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Lognormal token counts of that mean and CV. */
function lengths(random: () => number, mean: number, cv: number): () => number {
  const variance = Math.log(1 + cv * cv)
  return () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.max(1, Math.round(mean * Math.exp(Math.sqrt(variance) * normal - variance / 2)))
  }
}

/**
 * Serves `requests` one step at a time: in closed loop a request that finishes is replaced, in open loop a `stream` brings them. The first
 * fifth of them warms up.
 */
export function simulate(load: Load & Cache, step: StepFunction, requests: number, stream?: Stream): Measured {
  const random = uniform(1)
  const { admission, asyncScheduling, chunkedPrefill, mixedSteps } = load.scheduler
  const [prompt, output] = [lengths(random, load.isl, load.islCv), lengths(random, load.osl, load.oslCv)]
  const waiting: Request[] = []
  const running: Request[] = []
  const enter = (arrived: number, share = 1) => {
    waiting.push({ arrived, prompt: prompt(), target: Math.max(1, Math.round(output() * share)), made: 0, computed: 0, first: 0, last: 0 })
  }
  // The first batch has random parts of its outputs left: without that it runs in lock-step.
  for (let i = 0; stream === undefined && i < load.concurrency; i++) enter(0, random())
  const gap = () => (stream === undefined ? Infinity : gamma(random, stream.cv) / stream.rate)
  let next = gap()
  const blocks = (tokens: number) => Math.ceil(tokens / load.blockTokens) * load.blockTokens
  const reserved = (r: Request) => blocks(admission === 'reserve-all' ? r.prompt + r.target : r.computed)
  const missing = (r: Request) => r.prompt + r.made - r.computed

  let [work, budget, used, preempted] = [[] as { r: Request; tokens: number; context: number }[], 0, 0, false]
  const schedule = (r: Request, tokens: number) => {
    work.push({ r, tokens, context: r.computed })
    used -= reserved(r)
    r.computed += tokens
    used += reserved(r)
    budget -= tokens
  }
  const continueRunning = (which: (r: Request) => boolean) => {
    for (const r of [...running].filter(which)) {
      const tokens = Math.min(missing(r), budget)
      while (
        admission !== 'reserve-all' &&
        running.includes(r) &&
        running.length > 1 &&
        used + blocks(r.computed + tokens) - blocks(r.computed) > load.kvTokens
      ) {
        const victim = running.pop() as Request
        used -= reserved(victim)
        victim.computed = 0
        waiting.unshift(victim)
        preempted = true
      }
      if (tokens > 0 && running.includes(r)) schedule(r, tokens)
    }
  }
  const admit = () => {
    while (!preempted && waiting.length > 0 && budget > 0 && running.length < load.seats) {
      const r = waiting[0] as Request
      const need = blocks(admission === 'reserve-all' ? r.prompt + r.target : r.prompt + r.made)
      const tokens = r.prompt + r.made - Math.round(load.prefixHit * r.prompt)
      if (running.length > 0 && used + need > load.kvTokens) return
      if (!chunkedPrefill && tokens > budget && work.some((w) => w.tokens > 1)) return
      waiting.shift()
      running.push(r)
      r.computed = r.prompt + r.made - tokens
      used += reserved(r)
      schedule(r, chunkedPrefill ? Math.min(tokens, budget) : tokens)
    }
  }

  let [time, from, done, tokensOut, finished, ttfts, decoding, decoded] = [0, 0, 0, 0, 0, 0, 0, 0]
  let arriving: number[] = []
  const all: { ttft: number; tpot: number; e2e: number }[] = []
  const intervals: number[] = []
  while (done < requests) {
    if (stream !== undefined && running.length + waiting.length + arriving.length === 0) time = Math.max(time, next)
    for (; next <= time; next += gap()) arriving.push(next)
    const late = asyncScheduling && running.length > 0 ? arriving : []
    for (const t of late === arriving ? [] : arriving) enter(t)
    arriving = []
    work = []
    budget = load.chunk
    used = running.reduce((sum, r) => sum + reserved(r), 0)
    preempted = false
    continueRunning((r) => mixedSteps || r.made === 0 || missing(r) > 1)
    admit()
    if (work.length === 0) continueRunning(() => true)
    const prompts = work.filter((w) => w.tokens > 1 || w.r.made === 0)
    const decodes = work.filter((w) => w.tokens === 1 && w.r.made > 0)
    time += step({
      prefillTokens: prompts.reduce((sum, w) => sum + w.tokens, 0),
      prefillSequences: prompts.length,
      prefillContext: prompts.reduce((sum, w) => sum + w.context, 0) / Math.max(1, prompts.length),
      decodeSequences: decodes.length,
      decodeContext: decodes.reduce((sum, w) => sum + w.context, 0) / Math.max(1, decodes.length),
    }).latency
    const warm = done >= requests / 5
    if (!warm) from = time
    for (const { r } of work) {
      if (missing(r) > 0 || !running.includes(r)) continue
      r.made++
      if (r.made === 1) r.first = time
      else if (warm) intervals.push(time - r.last)
      r.last = time
      if (warm) tokensOut++
      if (r.made < r.target) continue
      running.splice(running.indexOf(r), 1)
      if (stream === undefined) arriving.push(time)
      done++
      if (!warm) continue
      finished++
      ttfts += r.first - r.arrived
      decoding += time - r.first
      decoded += r.made - 1
      all.push({ ttft: r.first - r.arrived, tpot: (time - r.first) / Math.max(1, r.made - 1), e2e: time - r.arrived })
    }
    for (const t of late) enter(t)
  }
  return { ttft: ttfts / finished, tpot: decoding / Math.max(1, decoded), throughput: tokensOut / (time - from), requests: all, intervals }
}

import type { Pair } from '../../../../cost-model/serve/disaggregated/serve.ts'
import { makeRng } from '../../../../spaces/rng.ts'

/** What requests of a simulated pair took, after a warm-up: means in seconds, and requests per second. */
export interface Simulated {
  readonly ttft: number
  readonly tpot: number
  readonly rate: number
}

interface Request {
  readonly born: number
  readonly output: number
  first: number
  left: number
  /** Seconds of link alone that are left, and the prefill worker whose link it is on. */
  wire: number
}

type Source = { readonly clients: number } | { readonly rate: number }

/**
 * Event by event: one queue before the prefill workers, each of which takes as many prompts as it may; a link per prefill worker that its transfers
 * share evenly; decode workers, filled evenly, that step on while they have requests, and hold no more than `batch`. Outputs are uniform between
 * half and one and a half times the mean, so that waves of requests dissolve. The first token is forwarded.
 */
export function simulatePair(pair: Pair, source: Source, requests: number, seed = 1): Simulated {
  const { prefill, decode, transfer } = pair
  const rng = makeRng(seed)
  const random = () => (rng.below(1 << 30) + 0.5) / (1 << 30)
  const closed = 'clients' in source
  const queue: Request[] = []
  const arrived: Request[] = []
  const links = Array.from({ length: pair.prefillWorkers }, () => ({ at: 0, on: [] as Request[] }))
  const prefillers = links.map(() => ({ until: Infinity, batch: [] as Request[] }))
  const decoders = Array.from({ length: pair.decodeWorkers }, () => ({
    until: Infinity,
    running: [] as Request[],
    joining: [] as Request[],
  }))
  const done: Request[] = []
  const ends: number[] = []
  let now = 0
  let next = closed ? Infinity : 0
  const enter = () => {
    const output = Math.max(2, Math.round(pair.tokens * (0.5 + random())))
    queue.push({ born: now, output, first: 0, left: output, wire: transfer.sent / transfer.bandwidth })
  }
  if (closed) for (let i = 0; i < source.clients; i++) enter()
  const advance = (link: (typeof links)[number]) => {
    for (const r of link.on) r.wire -= (now - link.at) / link.on.length
    link.at = now
  }
  const linkEnd = ({ at, on }: (typeof links)[number]) => (on.length === 0 ? Infinity : at + on.length * Math.min(...on.map((r) => r.wire)))
  while (done.length < requests) {
    // Whoever is free takes what waits.
    for (const p of prefillers) {
      if (p.until < Infinity || queue.length === 0) continue
      p.batch = queue.splice(0, prefill.most)
      p.until = now + prefill.fixed + prefill.perPrompt * p.batch.length
    }
    while (arrived.length > 0) {
      const freest = decoders.reduce((a, b) => (b.running.length + b.joining.length < a.running.length + a.joining.length ? b : a))
      if (freest.running.length + freest.joining.length >= decode.batch) break
      freest.joining.push(arrived.shift()!)
    }
    for (const d of decoders) {
      if (d.until < Infinity || d.joining.length === 0) continue
      d.running.push(...d.joining.splice(0))
      for (const r of d.running) r.first ||= now
      d.until = now + decode.interval(d.running.length)
    }
    const times = [next, ...prefillers.map((p) => p.until), ...links.map(linkEnd), ...decoders.map((d) => d.until)]
    now = Math.min(...times)
    if (now === next) {
      enter()
      next = now - Math.log(1 - random()) / (source as { readonly rate: number }).rate
    }
    for (const [i, p] of prefillers.entries()) {
      if (p.until > now) continue
      advance(links[i]!)
      links[i]!.on.push(...p.batch)
      p.until = Infinity
    }
    for (const link of links) {
      if (linkEnd(link) > now + 1e-12) continue
      advance(link)
      arrived.push(...link.on.filter((r) => r.wire <= 1e-12))
      link.on = link.on.filter((r) => r.wire > 1e-12)
    }
    for (const d of decoders) {
      if (d.until > now) continue
      for (const r of d.running) r.left--
      const finished = d.running.filter((r) => r.left === 0)
      d.running = [...d.running.filter((r) => r.left > 0), ...d.joining.splice(0)]
      for (const r of d.running) r.first ||= now
      d.until = d.running.length === 0 ? Infinity : now + decode.interval(d.running.length)
      for (const r of finished) {
        done.push(r)
        ends.push(now)
        if (closed) enter()
      }
    }
  }
  const from = Math.floor(requests / 4)
  const counted = done.slice(from)
  const mean = (of: (r: Request, i: number) => number) => counted.reduce((sum, r, i) => sum + of(r, i), 0) / counted.length
  const tokens = mean((r) => r.output)
  return {
    ttft: mean((r) => r.first - r.born),
    tpot: mean((r, i) => ends[from + i]! - r.first) / tokens,
    rate: counted.length / (ends.at(-1)! - ends[from - 1]!),
  }
}

import fc from 'fast-check'
import type { Arrivals } from '../../../../cost-model/serve/replay/arrivals.ts'
import type { ReplayEngine } from '../../../../cost-model/serve/replay/engine.ts'
import { type Replayed, type ReplayInput, replay } from '../../../../cost-model/serve/replay/replay.ts'
import { drawRequests, type Lengths } from '../../../../cost-model/serve/replay/requests.ts'
import type { Length } from '../../../../spaces/length.ts'
import { linearStep } from '../fixtures.ts'

/** As catalogue/engines/vllm.yaml has it, with the KV blocks of a measured RTX 4090 run. */
export const vllm: ReplayEngine = {
  scheduler: { mixedSteps: true, chunkedPrefill: true, admission: 'reserve-prompt', asyncScheduling: true },
  budget: 2048,
  seats: 256,
  blockTokens: 16,
  blocks: 2588,
  prefixRecovery: true,
  attentionDp: 1,
  pp: 1,
  perRequest: 0,
}

export const sglang: ReplayEngine = {
  ...vllm,
  scheduler: {
    mixedSteps: false,
    chunkedPrefill: true,
    admission: 'reserve-ratio',
    reserveRatio: 0.7,
    reserveDecay: { least: 0.098, steps: 600, clip: 4096, retractSteps: 20 },
    asyncScheduling: true,
  },
  blockTokens: 1,
  blocks: 2588 * 16,
}

export const trtllm: ReplayEngine = {
  ...vllm,
  scheduler: { mixedSteps: true, chunkedPrefill: false, admission: 'reserve-all', asyncScheduling: true },
  blockTokens: 32,
  blocks: 1294,
}

export const fixed = (tokens: number): Length => ({ kind: 'fixed', tokens })

/** A replay of drawn requests that must run. */
export function run(
  input: Partial<ReplayInput> & { readonly lengths?: Lengths; readonly count?: number; readonly prefixHit?: number },
): Replayed {
  const { lengths = { kind: 'drawn', isl: fixed(500), osl: fixed(100) }, count = 100, prefixHit = 0, seed = 1 } = input
  const requests = drawRequests(lengths, count, prefixHit, seed)
  const arrivals: Arrivals = { kind: 'closed', concurrency: 16, ramp: 0 }
  const replayed = replay({ engine: vllm, requests, arrivals, step: linearStep, seed, ...input })
  if (replayed.kind !== 'replayed') throw new Error(`request ${replayed.request} is too long`)
  return replayed
}

const anyEngine: fc.Arbitrary<ReplayEngine> = fc
  .record({
    base: fc.constantFrom(vllm, sglang, trtllm),
    mixedSteps: fc.boolean(),
    chunkedPrefill: fc.boolean(),
    asyncScheduling: fc.boolean(),
    budget: fc.constantFrom(64, 512, 2048),
    seats: fc.constantFrom(1, 7, 64, 1024),
    blockTokens: fc.constantFrom(1, 16, 32),
    tokens: fc.constantFrom(1200, 3000, 40_000, Number.POSITIVE_INFINITY),
    prefixRecovery: fc.boolean(),
    ranks: fc.constantFrom([1, 1], [1, 1], [1, 1], [3, 1], [1, 2], [2, 2]),
    perRequest: fc.constantFrom(0, 0, 0.015),
    speculation: fc.constantFrom(undefined, undefined, undefined, { depth: 3, acceptance: 0.7 }, { depth: 2, acceptance: [0.9, 0.4] }),
  })
  .map(({ base, mixedSteps, chunkedPrefill, asyncScheduling, tokens, ranks: [attentionDp, pp], ...rest }) => ({
    ...base,
    ...rest,
    scheduler: { ...base.scheduler, mixedSteps, chunkedPrefill, asyncScheduling },
    blocks: Math.ceil((pp * tokens) / rest.blockTokens),
    attentionDp,
    pp,
  }))

const anyLength: fc.Arbitrary<Length> = fc.oneof(
  fc.integer({ min: 1, max: 500 }).map(fixed),
  fc.integer({ min: 1, max: 250 }).map((from): Length => ({ kind: 'uniform', from, to: 2 * from })),
)

const anyArrivals: fc.Arbitrary<Arrivals> = fc.oneof(
  fc.record({ kind: fc.constant('closed' as const), concurrency: fc.constantFrom(1, 10, 60), ramp: fc.constantFrom(0, 3) }),
  fc.record({ kind: fc.constant('poisson' as const), rate: fc.constantFrom(0.3, 4, 50) }),
  fc.record({ kind: fc.constant('gamma' as const), rate: fc.constantFrom(1, 6), cv: fc.constantFrom(0.5, 3) }),
  fc.record({ kind: fc.constant('ramp' as const), from: fc.constantFrom(0.5, 8), to: fc.constantFrom(1, 20) }),
)

/** Any legal replay; every request fits. */
export const anyInput: fc.Arbitrary<ReplayInput> = fc
  .record({
    engine: anyEngine,
    isl: anyLength,
    osl: anyLength,
    prefixHit: fc.constantFrom(0, 0, 0.6),
    arrivals: anyArrivals,
    count: fc.constantFrom(1, 40, 120),
    replicas: fc.constantFrom(1, 1, 1, 3),
    routing: fc.constantFrom('least-loaded' as const, 'round-robin' as const, 'random' as const),
    seed: fc.nat(),
  })
  .map(({ isl, osl, prefixHit, count, seed, ...rest }) => ({
    ...rest,
    requests: drawRequests({ kind: 'drawn', isl, osl }, count, prefixHit, seed),
    step: linearStep,
    seed,
  }))

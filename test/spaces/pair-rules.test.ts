import { describe, expect, it } from 'vitest'
import type { Connector } from '../../spaces/connector.ts'
import { makePool } from '../../spaces/fleet.ts'
import { firstBrokenByPair, firstBrokenPairRule, pairRules } from '../../spaces/pair-rules/index.ts'
import type { PairContext } from '../../spaces/pair-rules/rule.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'
import type { DisaggregatedPlan } from '../../spaces/plan.ts'
import { catalog, h100s, planWith } from './inputs.ts'

type Changes = Parameters<typeof planWith>[0]

const four: Changes = { r: 1, tp: 4, mtp: 4 }

function pair(prefill: Changes = {}, decode: Changes = {}, counts = [2, 1]): DisaggregatedPlan {
  const [p, d] = [prefill, decode].map((changes) => planWith({ ...four, ...changes }))
  return parsePlanKey(`P(${p})x${counts[0]}+D(${d})x${counts[1]}`) as DisaggregatedPlan
}

function context(changes: Partial<PairContext> = {}, connector: Partial<Connector> = {}): PairContext {
  const engine = catalog.engine('vllm')
  return {
    model: catalog.model('llama-3.3-70b-instruct'),
    engine: { ...engine, disaggregation: { ...engine.disaggregation!, ...connector } },
    workload: catalog.workload('1k-1k'),
    prefillPool: h100s(),
    decodePool: h100s(),
    plan: pair(),
    ...changes,
  }
}

const two = { r: 1, tp: 2, mtp: 2 }
const eight = { r: 1, tp: 8, mtp: 8 }
const three = { r: 1, tp: 1, mtp: 1, pp: 3 }
const lone = { ...makePool({ id: 'lone', gpu: 'h100-sxm', gpus: 8 }, catalog), network: undefined }
const one = { ...catalog.workload('1k-1k'), osl: { kind: 'fixed', tokens: 1 } } as const

const benchmarked = { ...catalog.workload('1k-1k'), benchmark: { promptsPerSlot: 10, warmUp: 0, statistic: 'mean', burst: true } } as const

const examples: readonly (readonly [string, PairContext, string])[] = [
  ['engine-disaggregates', context({ engine: catalog.engine('tgi') }), 'cannot serve prefill and decode on separate workers'],
  ['pair-decodes', context({ workload: one }), 'decode workers have nothing to do for answers of 1 token'],
  ['pair-benchmark', context({ workload: benchmarked }), 'a benchmark of 10 requests per slot is not predicted for separate workers'],
  ['worker-is-one-replica', context({ plan: pair({ r: 2 }) }), 'a worker of 2 replicas: write r1'],
  [
    'worker-fills-nodes',
    context({ plan: pair({}, three) }),
    'a worker of 3 GPUs neither divides nor fills the nodes of 8 of pool "h100-sxm"',
  ],
  ['pair-is-joined', context({ decodePool: lone as PairContext['decodePool'] }), 'nothing is known to join pool "h100-sxm" to pool "lone"'],
  ['pair-kv-format', context({ plan: pair({ kv: 'fp8' }) }), 'the prefill workers keep KV in fp8, the decode workers in bf16'],
  [
    'pair-tp',
    context({ plan: pair(eight, two) }, { tpRatio: 'equal' }),
    'attention TP 8 of the prefill workers and 2 of the decode workers',
  ],
  ['pair-pipeline', context({ plan: pair({ ...two, pp: 2 }) }), 'prefill workers of 2 pipeline stages and decode workers of 1'],
  ['workers-fit', context({ plan: pair({}, {}, [12, 5]) }), 'the workers need 68 GPUs of pool "h100-sxm", which has 64'],
]

describe('rules of a pair', () => {
  it('let a pair pass that breaks none', () => {
    expect(firstBrokenPairRule(context())).toBeNull()
    expect(firstBrokenPairRule(context({ plan: pair(two, eight) }))).toBeNull()
    expect(firstBrokenPairRule(context({ plan: pair({}, {}, [12, 4]) }))).toBeNull()
  })

  it('have an example each', () => {
    expect(examples.map(([name]) => name)).toEqual(pairRules.map(({ name }) => name))
  })

  it.each(examples)('%s: refuses with its numbers in one sentence', (name, given, message) => {
    const reason = firstBrokenPairRule(given)
    expect(reason?.code).toBe(name)
    expect(reason?.message).toContain(message)
    expect(reason?.message).not.toMatch(/\. |\n|NaN|undefined/)
    for (const value of Object.values(reason!.numbers))
      expect(typeof value === 'number' ? reason?.message : `${value}`).toContain(`${value}`)
  })

  it('ask about counts only where there are some', () => {
    expect(firstBrokenByPair(context({ plan: pair({}, {}, [12, 5]) }))).toBeNull()
  })

  it('leave TP to latents and to connectors that map any: a latent is the same on every rank', () => {
    const model = catalog.model('deepseek-v3')
    const latent = pair({ r: 1, tp: 8, mtp: 1, ep: 8 }, { r: 1, adp: 8, tp: 1, mtp: 1, ep: 8 })
    expect(firstBrokenByPair(context({ model, plan: latent }, { tpRatio: 'equal' }))).toBeNull()
    expect(firstBrokenByPair(context({ plan: pair(eight, two) }, { tpRatio: 'any' }))).toBeNull()
  })

  it('let as many stages on both sides pass, or any, where the connector does', () => {
    const [staged, other] = [
      { ...two, pp: 2 },
      { ...two, pp: 4 },
    ]
    expect(firstBrokenByPair(context({ plan: pair(staged, staged) }, { pipeline: 'equal' }))).toBeNull()
    expect(firstBrokenByPair(context({ plan: pair(staged, other) }, { pipeline: 'equal' }))?.code).toBe('pair-pipeline')
    expect(firstBrokenByPair(context({ plan: pair(staged, other) }, { pipeline: 'any' }))).toBeNull()
  })

  it('ask the rules of a worker about each side in its phase: a prompt may be spread over ranks for prefill, not for decode', () => {
    const spread = { r: 1, sp: 2, tp: 4, mtp: 8, extra: '.spk=all-gather' }
    expect(firstBrokenPairRule(context({ plan: pair(spread) }))).toBeNull()
    const reason = firstBrokenPairRule(context({ plan: pair({}, spread) }))
    expect(reason?.code).toBe('sequence-in-decode')
    expect(reason?.message).toMatch(/^decode worker: sequence parallelism 2 leaves 1 of 2 ranks idle/)
    expect(firstBrokenPairRule(context({ plan: pair({ a: 'nvfp4' }) }))?.message).toMatch(/^prefill worker: /)
  })
})

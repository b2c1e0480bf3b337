import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makePool } from '../../spaces/fleet.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'
import { completeLayout } from '../../spaces/plan-key.ts'
import { formatNames } from '../../spaces/precision.ts'
import { firstBrokenRule, lastNeed, rules } from '../../spaces/rules/index.ts'
import type { parts, Rule, RuleContext } from '../../spaces/rules/rule.ts'
import { catalog, context, h100s, planWith } from './inputs.ts'
import { layoutExamples } from './rule-examples/layout.ts'
import { valueExamples } from './rule-examples/values.ts'

const examples = [...layoutExamples, ...valueExamples]

function broken(given: RuleContext) {
  return firstBrokenRule(given)
}

describe('rules', () => {
  it('has an example for every rule', () => {
    expect(examples.map(({ rule }) => rule).sort()).toEqual(rules.map(({ name }) => name).sort())
  })

  it.each(examples)(
    '$rule: refuses $refused with its numbers, and lets its neighbour pass',
    ({ rule, legal, illegal, message, numbers }) => {
      expect(broken(context(legal))).toBeNull()
      expect(broken(context(illegal))).toMatchObject({ code: rule, message, numbers })
    },
  )

  it('says every reason in one sentence that holds its numbers', () => {
    for (const { message, numbers } of examples) {
      expect(message).not.toMatch(/\. |\n|NaN|undefined/)
      for (const value of Object.values(numbers)) expect(message).toContain(String(value))
    }
  })

  it('stands in the order in which a space fixes the parts, under unique kebab-case names', () => {
    const order = rules.map(lastNeed)
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length)
    for (const { name, why } of rules) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(why).toMatch(/^[A-Z].*\.$/)
    }
  })

  it('allows the plan of the contract: two replicas of eight H100 in fp8', () => {
    const key = 'h100-sxm:r2.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b64:c8192'
    expect(broken(context({ key, pool: h100s(16), engine: catalog.engine('vllm') }))).toBeNull()
  })

  it('allows sequence parallelism without KV shards on a prefill worker, which never decodes', () => {
    const key = 'h100-sxm:r1.pp1.sp8.adp1.tp8.dcp1.ep1.mtp64.mdp1.spk=all-gather:w=bf16,a=bf16,kv=bf16,comm=bf16:b8:c8192'
    expect(broken(context({ key }))?.code).toBe('sequence-in-decode')
    expect(broken(context({ key, role: 'decode' }))?.code).toBe('sequence-in-decode')
    expect(broken(context({ key, role: 'prefill' }))).toBeNull()
  })

  it('allows a ring in decode where the engine keeps its shards of the KV there (Helix), and nowhere else', () => {
    const key = 'h100-sxm:r1.pp1.sp8.adp1.tp8.dcp1.ep1.mtp64.mdp1.spk=ring:w=bf16,a=bf16,kv=bf16,comm=bf16:b8:c8192'
    expect(broken(context({ key }))).toBeNull()
    const engine = catalog.engine('generic')
    const wider = 'h100-sxm:r1.pp1.sp4.adp1.tp16.dcp1.ep1.mtp64.mdp1.spk=ring:w=bf16,a=bf16,kv=bf16,comm=bf16:b8:c8192'
    expect(broken(context({ key: wider }))).toMatchObject({ code: 'sequence-in-decode', numbers: { sp: 4, tp: 16, kvHeads: 8 } })
    const without = { ...engine, parallel: { ...engine.parallel, helix: false } }
    expect(broken(context({ key, engine: without }))?.code).toBe('sequence-in-decode')
  })

  it('counts an MLA latent as one KV head: decode context parallelism may be any divisor of TP', () => {
    const model = catalog.model('deepseek-v3')
    for (const dcp of [1, 2, 4, 8]) {
      const key = `h100-sxm:r8.pp1.sp1.adp1.tp8.dcp${dcp}.ep8.mtp1.mdp1:w=bf16,a=bf16,kv=bf16,comm=bf16:b8:c8192`
      expect(broken(context({ key, model }))).toBeNull()
    }
  })

  // vLLM docs/serving/context_parallel_deployment.md: Kimi-K2 tp16 and Qwen3-235B-A22B (4 KV heads) tp8; its error for tp <= KV heads.
  it.each([
    ['kimi-k2-instruct', 16, 8, undefined],
    ['qwen3-235b-a22b', 8, 2, undefined],
    ['qwen3-235b-a22b', 8, 4, 'TP 8 replicates 4 KV heads only 2 times'],
    ['qwen3-235b-a22b', 4, 2, 'TP 4 must exceed the 4 KV heads'],
    ['qwen3-235b-a22b', 8, 3, 'it must divide TP 8'],
    ['qwen2.5-1.5b-instruct', 12, 4, 'it must divide the 6 query heads per KV head'],
    // Its recurrent layers have 16 key heads but keep no tokens; its attention has 2 KV heads.
    ['qwen3-next-80b-a3b-instruct', 8, 4, undefined],
  ])('judges decode context parallelism of %s with TP %i and dcp %i as vLLM does', (id, tp, dcp, cause) => {
    const given = context({ model: catalog.model(id), key: planWith({ tp, dcp }) })
    expect(
      rules
        .find(({ name }) => name === 'decode-context')!
        .check(given)
        ?.message.split(': ')[1],
    ).toBe(cause)
  })

  it('sends a single KV head to every rank of all-to-all sequence parallelism', () => {
    const model = catalog.model('deepseek-v3')
    const key = planWith({ r: 1, sp: 8, tp: 8, ep: 64, mtp: 1, extra: '.spk=all-to-all' })
    expect(broken(context({ model, key, role: 'prefill' }))).toBeNull()
  })

  it('holds EP to the experts there are, not to their copies', () => {
    const model = catalog.model('mixtral-8x7b-v0.1')
    expect(broken(context({ model, key: planWith({ r: 8, ep: 8, mtp: 1, extra: '.red8' }) }))).toBeNull()
    expect(broken(context({ model, key: planWith({ r: 4, tp: 16, ep: 16, mtp: 1, extra: '.red8' }) }))?.code).toBe('ep-divides-experts')
  })

  it('lets expert groups be made of whole sequence groups, or the other way round', () => {
    const given = (mtp: number, ep: number) =>
      context({
        model: catalog.model('deepseek-v3'),
        pool: h100s(24),
        role: 'prefill',
        key: planWith({ r: 1, adp: 4, sp: 3, tp: 2, ep, mtp, extra: '.spk=ring' }),
      })
    const rule = rules.find(({ name }) => name === 'experts-nest-with-attention')!
    expect(rule.check(given(6, 4))).toBeNull()
    expect(rule.check(given(3, 8))).not.toBeNull()
    expect(rule.check(given(4, 6))?.numbers).toEqual({ moeTp: 4, 'tp x sp': 6 })
  })

  it('wants whole quantisation blocks only along the side that is cut, and only where it is cut', () => {
    const shards = (key: string, id = 'llama-3.3-70b-instruct') => broken(context({ key, model: catalog.model(id) }))
    // 28,672 / 64 = 448: no multiple of 128, which int4-g128 asks of the rows of down_proj and not of the columns of gate_proj.
    expect(shards(planWith({ r: 1, tp: 64, mtp: 64, w: 'int4-g128' }))?.numbers).toMatchObject({ tensor: 'down_proj', shard: 448 })
    expect(shards(planWith({ r: 1, tp: 64, mtp: 64, w: 'mxfp8' }))).toBeNull()
    // Falcon-7B is 35.5 blocks wide.
    expect(shards(planWith({ r: 64, tp: 1, mtp: 1, w: 'fp8-block' }), 'falcon-7b')).toBeNull()
  })

  it('counts drafts among the decode tokens of a step, and no decode tokens where steps are not mixed', () => {
    const key = planWith({ b: 64, c: 64 })
    expect(broken(context({ key, plan: { speculation: { depth: 1, acceptance: 0.5, draft: 'ngram' } } }))?.numbers).toMatchObject({
      tokens: 128,
    })
    expect(broken(context({ key: planWith({ b: 64, c: 16 }), engine: catalog.engine('sglang') }))).toBeNull()
  })

  it('has int4 weights run anywhere that has 16-bit arithmetic, and KV stored in fp8 on GPUs that cannot compute in it', () => {
    const a100 = makePool({ node: 'dgx-a100', gpus: 64 }, catalog)
    const on = (formats: string) =>
      broken(context({ key: `a100-sxm-80gb:r8.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:${formats},comm=bf16:b8:c8192`, pool: a100 }))
    expect(on('w=awq,a=bf16,kv=fp8')).toBeNull()
    expect(on('w=fp8,a=bf16,kv=bf16')).toBeNull()
    expect(on('w=fp8,a=fp8,kv=bf16')).toMatchObject({ code: 'gpu-arithmetic' })
  })
})

describe('what a rule says it needs', () => {
  const width = fc.constantFrom(1, 2, 3, 4, 8, 64)
  const formats = fc.constantFrom(...formatNames)
  const layout = fc
    .record({
      replicas: width,
      pp: width,
      attentionDp: width,
      sp: width,
      tp: width,
      dcp: width,
      ep: width,
      moeTp: width,
      moeDp: width,
      redundantExperts: fc.constantFrom(0, 8),
    })
    .map((widths) => completeLayout({ ...widths, spKind: widths.sp > 1 ? 'all-to-all' : undefined }))
  const precision = fc.record({ weights: formats, activations: formats, kv: formats, comm: formats })
  const plan: fc.Arbitrary<ColocatedPlan> = fc.record({
    kind: fc.constant('colocated'),
    pool: fc.constant('h100-sxm'),
    layout,
    precision,
    batch: fc.constantFrom(1, 16, 5000),
    chunk: fc.constantFrom(1, 2048, 8192),
  })
  const fields: Readonly<Record<string, readonly string[]>> = {
    pipeline: ['replicas', 'pp'],
    attention: ['attentionDp', 'sp', 'spKind', 'tp', 'dcp', 'ffnTp', 'ffnDp'],
    experts: ['ep', 'moeTp', 'moeDp', 'redundantExperts'],
  }

  /** `own` in the parts that the rule needs, `other` in the rest. */
  function mix(rule: Rule, own: ColocatedPlan, other: ColocatedPlan): ColocatedPlan {
    const needed = (part: (typeof parts)[number]) => rule.needs.includes(part)
    const pick = (from: object, names: readonly string[]) => Object.fromEntries(names.map((name) => [name, from[name as never]]))
    const widths = Object.assign(
      {},
      ...Object.entries(fields).map(([part, names]) => pick((needed(part as 'pipeline') ? own : other).layout, names)),
    )
    const stored = Object.assign(
      {},
      ...(['weights', 'activations', 'kv', 'comm'] as const).map((part) => pick((needed(part) ? own : other).precision, [part])),
    )
    return {
      ...own,
      layout: widths,
      precision: stored,
      batch: (needed('batch') ? own : other).batch,
      chunk: (needed('chunk') ? own : other).chunk,
    }
  }

  it.each(rules)('$name reads nothing else', (rule) => {
    const scenes = [
      context(),
      context({ model: catalog.model('deepseek-v3'), engine: catalog.engine('vllm') }),
      context({ engine: catalog.engine('trtllm') }),
    ]
    fc.assert(
      fc.property(plan, plan, fc.constantFrom(...scenes), (own, other, scene) => {
        const verdict = rule.check({ ...scene, plan: own })
        expect(rule.check({ ...scene, plan: mix(rule, own, other) })).toEqual(verdict)
      }),
      { seed: 1, numRuns: 60 },
    )
  })
})

it('reads keys into plans that rules can judge', () => {
  const plan = parsePlanKey('h100-sxm:r3.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:w=bf16,a=bf16,kv=bf16,comm=bf16:b8:c8192') as ColocatedPlan
  expect(firstBrokenRule(context({ plan }))).toEqual({
    code: 'fleet-product',
    message: 'the plan uses 3 x 8 = 24 GPUs, the pool "h100-sxm" has 64',
    numbers: { replicas: 3, gpusPerReplica: 8, used: 24, gpus: 64 },
  })
})

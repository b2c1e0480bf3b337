import { describe, expect, it } from 'vitest'
import { makePool } from '../../spaces/fleet.ts'
import { firstBrokenRule, rules } from '../../spaces/rules/index.ts'
import { catalog, context, h100s, planWith } from './inputs.ts'
import { wide } from './rule-examples/example.ts'

type Scene = Parameters<typeof context>[0]

/** The rule that a plan breaks first. */
const broken = (scene: Scene) => firstBrokenRule(context(scene))

/** How it breaks one rule. */
const breachOf = (name: string, scene: Scene) => rules.find((rule) => rule.name === name)!.check(context(scene))

/** Layouts that publishers and engine documents start their models with: engine, model, GPU, GPUs, changed fields of the plan. */
const recipes: readonly (readonly [engine: string, model: string, gpu: string, gpus: number, plan: Parameters<typeof planWith>[0]])[] = [
  ['vllm', 'llama-3.3-70b-instruct', 'h100-sxm', 4, { tp: 4, mtp: 4, w: 'fp8', a: 'fp8', kv: 'fp8' }],
  ['vllm', 'meta-llama-3.1-405b', 'h100-sxm', 16, { pp: 2, tp: 8, mtp: 8 }],
  ['vllm', 'meta-llama-3.1-405b', 'h100-sxm', 8, { tp: 8, mtp: 8, w: 'fp8', a: 'fp8' }],
  ['vllm', 'deepseek-v3', 'h200-sxm', 8, { tp: 8, mtp: 8, w: 'shipped', a: 'fp8' }],
  ['vllm', 'deepseek-v3', 'h200-sxm', 8, { tp: 8, ep: 8, mtp: 1, dcp: 8, w: 'shipped', a: 'fp8' }],
  ['vllm', 'deepseek-v3', 'h200-sxm', 16, { adp: 16, tp: 1, ep: 16, mtp: 1, b: 64, w: 'shipped', a: 'fp8' }],
  ['sglang', 'deepseek-v3', 'h100-sxm', 16, { tp: 16, mtp: 16, w: 'shipped', a: 'fp8' }],
  // DeepSeek's decode units on 72 of 96 H100 (LMSYS, 2025-05): 288 experts with their copies, four a GPU.
  ['sglang', 'deepseek-v3', 'h100-sxm', 72, { adp: 72, tp: 1, ep: 72, mtp: 1, b: 288, extra: '.red32', w: 'shipped', a: 'fp8' }],
  ['trtllm', 'deepseek-v3', 'b200-sxm', 8, { tp: 8, ep: 4, mtp: 2, w: 'nvfp4', a: 'nvfp4', kv: 'fp8' }],
  ['trtllm', 'deepseek-v3', 'b200-sxm', 8, { adp: 8, tp: 1, ep: 8, mtp: 1, b: 64, w: 'nvfp4', a: 'nvfp4', kv: 'fp8' }],
  ['vllm', 'kimi-k2-instruct', 'h200-sxm', 16, { tp: 16, mtp: 16, w: 'shipped', a: 'fp8' }],
  ['vllm', 'kimi-k2.5', 'h200-sxm', 8, { tp: 8, mtp: 8, w: 'shipped' }],
  ['vllm', 'qwen3-235b-a22b', 'h200-sxm', 4, { tp: 4, mtp: 4, w: 'fp8-block', a: 'fp8' }],
  ['vllm', 'qwen3-235b-a22b', 'h200-sxm', 8, { tp: 8, ep: 8, mtp: 1, w: 'fp8-block', a: 'fp8' }],
  ['sglang', 'qwen3-next-80b-a3b-instruct', 'h200-sxm', 4, { tp: 4, mtp: 4 }],
  ['vllm', 'minimax-m2.5', 'h100-sxm', 8, { tp: 8, ep: 8, mtp: 1, w: 'shipped', a: 'fp8' }],
  ['sglang', 'mimo-v2-flash', 'h200-sxm', 8, { adp: 2, tp: 4, ep: 8, mtp: 1, w: 'shipped', a: 'fp8' }],
  ['vllm', 'gpt-oss-120b', 'h100-sxm', 8, { tp: 8, mtp: 8, w: 'shipped' }],
  ['trtllm', 'gpt-oss-120b', 'b200-sxm', 4, { adp: 4, tp: 1, mtp: 4, w: 'shipped', a: 'mxfp8', kv: 'fp8' }],
  ['vllm', 'mixtral-8x7b-v0.1', 'a100-sxm-80gb', 2, { tp: 2, mtp: 2 }],
  ['vllm', 'gemma-3-27b-it', 'h100-sxm', 8, { tp: 8, mtp: 8 }],
  ['vllm', 'glm-4.5', 'h200-sxm', 8, { tp: 8, mtp: 8, w: 'fp8', a: 'fp8' }],
  ['vllm', 'llama-4-maverick-17b-128e-instruct', 'h100-sxm', 8, { tp: 8, mtp: 8, w: 'fp8', a: 'fp8' }],
  ['vllm', 'phi-4', 'a100-sxm-80gb', 2, { tp: 2, mtp: 2 }],
]

/** Layouts that engines refuse, and the rule that says so. */
const refusals: readonly (readonly [...(typeof recipes)[number], rule: string])[] = [
  // Their model cards ask for --enable-expert-parallel with TP 8: 1536 / 8 = 192 rows beside blocks of 128.
  ['vllm', 'qwen3-235b-a22b', 'h200-sxm', 8, { tp: 8, mtp: 8, w: 'fp8-block', a: 'fp8' }, 'quantisation-block'],
  ['vllm', 'minimax-m2.5', 'h100-sxm', 8, { tp: 8, mtp: 8, w: 'shipped', a: 'fp8' }, 'quantisation-block'],
  // Qwen2.5-72B in groups of 128: 29568 / 8 = 3696, the reason for its padded AWQ and GPTQ checkpoints.
  ['vllm', 'qwen2.5-72b-instruct', 'h100-sxm', 8, { tp: 8, mtp: 8, w: 'awq' }, 'quantisation-block'],
  ['vllm', 'phi-4', 'h100-sxm', 4, { tp: 4, mtp: 4 }, 'kv-heads-divide'],
  ['vllm', 'falcon-7b', 'h100-sxm', 2, { tp: 2, mtp: 2 }, 'heads-divide'],
  ['vllm', 'deepseek-v3', 'h200-sxm', 8, { tp: 8, ep: 4, mtp: 2, w: 'shipped', a: 'fp8' }, 'moe-tp-inside-ep'],
  ['vllm', 'llama-3.3-70b-instruct', 'h100-sxm', 8, { tp: 8, dcp: 2, mtp: 8 }, 'decode-context'],
  ['trtllm', 'deepseek-v3', 'b200-sxm', 8, { adp: 2, tp: 4, ep: 8, mtp: 1, w: 'nvfp4', a: 'nvfp4' }, 'engine-attention-dp'],
  ['vllm', 'mixtral-8x7b-v0.1', 'h100-sxm', 16, { tp: 16, ep: 16, mtp: 1 }, 'ep-divides-experts'],
]

function launched([engine, model, gpu, gpus, plan]: (typeof recipes)[number]) {
  const pool = makePool({ gpu, gpus }, catalog)
  return { engine: catalog.engine(engine), model: catalog.model(model), pool, key: planWith({ r: 1, pool: gpu, ...plan }) }
}

describe('what engines run', () => {
  it.each(recipes)('%s starts %s on %s x %i: %j', (...recipe) => {
    expect(broken(launched(recipe))).toBeNull()
  })

  it.each(refusals)('%s refuses %s on %s x %i: %j by %s', (...[engine, model, gpu, gpus, plan, rule]) => {
    expect(broken(launched([engine, model, gpu, gpus, plan]))?.code).toBe(rule)
  })

  it('wants no whole blocks of experts that engines pad: gpt-oss has 90 blocks of 32, measured with TP 4 and 8', () => {
    const model = catalog.model('gpt-oss-120b')
    for (const tp of [4, 8]) expect(broken({ model, key: planWith({ r: 64 / tp, tp, mtp: tp, w: 'shipped' }) })).toBeNull()
    expect(broken({ model, key: planWith({ w: 'nvfp4' }) })?.numbers).toMatchObject({ tensor: 'experts.down_proj', shard: 360 })
  })

  it('cuts a fused QKV head by head: heads longer than a block may straddle blocks, shorter ones keep their block together', () => {
    // K heads of 192; its makers serve it with attention TP 4.
    const mimo = catalog.model('mimo-v2-flash')
    expect(broken({ model: mimo, key: planWith({ r: 16, tp: 4, mtp: 4, w: 'shipped', a: 'fp8' }) })).toBeNull()
    // MLA's q_b_proj, heads of 192 too, is a projection of its own: one head a rank is one and a half blocks.
    const plan = { r: 1, tp: 64, ep: 64, mtp: 1, extra: '.ftp8', w: 'shipped', a: 'fp8' }
    const kimi = { model: catalog.model('kimi-k2-instruct'), key: planWith(plan) }
    expect(breachOf('quantisation-block', kimi)?.numbers).toMatchObject({ tensor: 'q_b_proj', shard: 192, tp: 64 })
    // Heads of 64: eight KV heads are four blocks.
    const small = catalog.model('llama-3.2-1b')
    const given = (tp: number) => ({ model: small, key: planWith({ r: 64 / tp, tp, mtp: tp, w: 'fp8-block', a: 'fp8' }) })
    expect(broken(given(4))).toBeNull()
    expect(broken(given(8))?.numbers).toMatchObject({ tensor: 'k_proj', shard: 64 })
  })

  it('leaves gates of a row or two per head out of blocks: Qwen3.5 in fp8 was measured with TP 4', () => {
    const legal = (id: string, tp: number) =>
      broken({ model: catalog.model(id), key: planWith({ r: 64 / tp, tp, ep: tp, mtp: 1, w: 'fp8-block', a: 'fp8' }) })
    expect(legal('qwen3.5-397b-a17b', 4)).toBeNull()
    expect(legal('qwen3-next-80b-a3b-instruct', 4)).toBeNull()
    // One gate per head.
    expect(legal('step-3.7-flash', 2)).toBeNull()
  })

  it('parts no group of heads: the Mamba-2 groups of Nemotron-H, the output groups of DeepSeek-V4', () => {
    for (const id of ['nemotron-h-56b-base-8k', 'deepseek-v4-flash']) {
      const given = (tp: number) => ({ model: catalog.model(id), key: planWith({ r: 64 / tp, tp, mtp: tp }) })
      expect(breachOf('heads-divide', given(8)), id).toBeNull()
      expect(breachOf('heads-divide', given(16)), id).toEqual({
        message: '8 groups of heads do not divide over attention TP 16',
        numbers: { groups: 8, tp: 16 },
      })
    }
  })

  it('multiplies shipped weights in 16 bits, as they were made for, or as all of their formats allow', () => {
    const given = (id: string, a: string, pool = makePool({ node: 'dgx-b200', gpus: 64 }, catalog)) =>
      broken({ model: catalog.model(id), pool, key: planWith({ pool: 'b200-sxm', w: 'shipped', a }) })?.code
    expect(['bf16', 'fp16', 'mxfp8', 'fp8', 'mxfp4'].map((a) => given('gpt-oss-120b', a))).toEqual(Array(5).fill(undefined))
    expect(given('gpt-oss-120b', 'nvfp4')).toBe('weights-match-activations')
    expect(given('llama-3.3-70b-instruct', 'fp8')).toBe('weights-match-activations')
    // Units that scale blocks of 32 came with fp4.
    expect(given('gpt-oss-120b', 'mxfp8', h100s())).toBe('gpu-arithmetic')
  })

  it('takes no int8 units that are slower than 16 bits: V100 and Blackwell Ultra', () => {
    const on = (gpu: string) => {
      const pool = makePool({ gpu, gpus: 64 }, catalog)
      return broken({ pool, key: planWith({ pool: gpu, w: 'int8', a: 'int8' }) })?.code
    }
    expect(['a100-sxm-80gb', 'h100-sxm', 'b300-sxm', 'v100-sxm2-32gb'].map(on)).toEqual([
      undefined,
      undefined,
      'gpu-arithmetic',
      'gpu-arithmetic',
    ])
  })

  it('has TensorRT-LLM shard KV on separate decode workers only, and lets each engine cut dense MLPs as it can', () => {
    const dcp = (role?: 'decode') => ({ engine: catalog.engine('trtllm'), key: planWith({ r: 4, tp: 16, dcp: 2, mtp: 16 }), role })
    expect(broken(dcp())?.message).toBe('decode context parallelism 2: TensorRT-LLM (1.0 to 1.3) has it on separate decode workers only')
    expect(broken(dcp('decode'))).toBeNull()
    const legal = (engine: string) =>
      [1, 2, 4, 8, 16, 32, 64].filter(
        (ftp) => broken({ ...wide({ ep: 64, extra: `.ftp${ftp}` }), engine: catalog.engine(engine) }) === null,
      )
    expect(legal('vllm')).toEqual([8])
    expect(legal('sglang')).toEqual([1, 8, 64])
    expect(legal('generic')).toEqual([1, 2, 4, 8, 16, 32, 64])
  })
})

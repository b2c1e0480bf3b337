import { describe, expect, it } from 'vitest'
import { attentionWork } from '../../../cost-model/ops/attention.ts'
import { newDone } from '../../../cost-model/work.ts'
import { operatorFamilies } from '../../../optimizer/perf-database/families/index.ts'
import type { Row } from '../../../optimizer/perf-database/family.ts'
import { makePredictor } from '../../../optimizer/perf-database/predict.ts'
import type { Measurement } from '../../../optimizer/perf-database/read.ts'
import { openCatalog } from '../../../spaces/catalog.ts'
import { calibration } from '../../cost-model/layouts.ts'

const rowOf = (cells: Readonly<Record<string, string | number>>): Row => ({
  text: (name) => String(cells[name]),
  number: (name) => Number(cells[name] ?? Number.NaN),
})
const family = (name: string) => operatorFamilies.find((one) => one.name === name)!
const catalog = openCatalog()

/** What we say of a row, in seconds, on an H100. */
function predict(name: string, cells: Readonly<Record<string, string | number>>, engine = 'trtllm'): number {
  const [of, row] = [family(name), rowOf(cells)]
  const described = of.op(row, engine)
  if ('skip' in described) throw new Error(described.skip)
  const distribution = cells.distribution === undefined ? undefined : String(cells.distribution)
  const table = { family: of, gpu: catalog.gpu('h100-sxm'), engine, version: '1', file: 'f', name: 'f' }
  const one: Measurement = { table, line: 0, ...described, distribution, ...of.step(row), seconds: 1, call: '', shape: '' }
  return makePredictor(calibration, catalog).seconds(one)
}

const attention = {
  attn_dtype: 'bfloat16',
  kv_cache_dtype: 'bfloat16',
  num_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  window_size: 0,
}
const experts = {
  ...{ moe_dtype: 'fp8_block', kernel_source: 'k', hidden_size: 7168, inter_size: 2048, topk: 8, num_experts: 256 },
  ...{ moe_tp_size: 1, moe_ep_size: 8, num_tokens: 16384 },
}

describe('rows of operator tables', () => {
  it('are products whose weight has n x k elements in the format of the row', () => {
    const described = family('gemm').op(rowOf({ gemm_dtype: 'fp8_block', n: 4096, k: 7168 }), 'vllm')
    expect(described).toMatchObject({
      op: { kind: 'linear', dims: { in: 7168, out: 4096, weight: 4096 * 7168 }, formats: [['fp8-block', 1]] },
    })
    expect(family('gemm').step(rowOf({ m: 17 })).rows).toBe(17)
    // 2 x 8192^3 FLOP at 989 TFLOP/s take 1.11 ms at best.
    const seconds = predict('gemm', { gemm_dtype: 'bfloat16', m: 8192, n: 8192, k: 8192 })
    expect(seconds).toBeGreaterThan(1.11e-3)
    expect(seconds).toBeLessThan(2.2e-3)
  })

  it('are attention to what is cached and to what is new, in a window where there is one', () => {
    const context = (cells: object) => predict('context attention', { ...attention, batch_size: 1, isl: 8192, step: 0, ...cells })
    expect(context({ step: 8192 }) / context({})).toBeGreaterThan(2)
    expect(context({ window_size: 128 })).toBeLessThan(context({}) / 4)
    const decode = (cells: object) => predict('generation attention', { ...attention, batch_size: 64, isl: 1, step: 8191, ...cells })
    expect(decode({ kv_cache_dtype: 'fp8' })).toBeLessThan(decode({}))
  })

  it('of absorbed MLA are 2176 FLOP a head and token, and 1152 bytes a token of a 16-bit cache', () => {
    const cells = rowOf({ mla_dtype: 'bfloat16', kv_cache_dtype: 'bfloat16', num_heads: 128, batch_size: 1, isl: 1, step: 999 })
    const described = family('generation MLA').op(cells, 'sglang')
    if ('skip' in described || described.op.kind !== 'attention' || described.op.form !== 'softmax') throw new Error('no attention')
    const done = newDone()
    const { rows, counts } = family('generation MLA').step(cells)
    attentionWork(described.op)(rows, counts, done)
    expect(done[0]).toBe(2176 * 128 * 1000)
    expect(done[1]).toBe(1152 * 1000 + 128 * 576 * 2)
  })

  it('of experts are those of the fullest rank, for tokens dealt out as the row says', () => {
    const times = ['balanced', 'power_law_1.01', 'power_law_1.2'].map((distribution) => predict('MoE', { ...experts, distribution }))
    // On eight ranks the fullest has far more than its share of a skewed load.
    expect(times[1]! / times[0]!).toBeGreaterThan(1.02)
    expect(times[2]! / times[0]!).toBeGreaterThan(1.02)
    expect(() => predict('MoE', { ...experts, distribution: 'zipf' })).toThrow('no distribution of tokens is known as "zipf"')
    const gated = family('MoE').op(rowOf(experts), 'trtllm')
    const plain = family('MoE').op(rowOf({ ...experts, kernel_source: 'moe_torch_flow_nongated' }), 'trtllm')
    expect([gated, plain]).toMatchObject([{ op: { dims: { weight: 3 * 7168 * 2048 } } }, { op: { dims: { weight: 2 * 7168 * 2048 } } }])
  })

  it('of collectives count elements, not bytes', () => {
    const half = { op_name: 'all_gather', nccl_dtype: 'half', num_gpus: 8, message_size: 67108864 }
    expect(predict('NCCL', half)).toBeCloseTo(predict('NCCL', { ...half, nccl_dtype: 'int8', message_size: 134217728 }), 12)
  })

  it('that we know nothing of are skipped with a reason', () => {
    expect(family('gemm').op(rowOf({ gemm_dtype: 'fp3', n: 1, k: 1 }), 'vllm')).toEqual({ skip: 'no format is known as "fp3"' })
    const eager = { op_name: 'all_reduce', allreduce_dtype: 'bfloat16', kernel_source: 'vLLM_custom_eager', num_gpus: 8 }
    expect(family('custom all-reduce').op(rowOf(eager), 'vllm')).toMatchObject({
      skip: expect.stringContaining('outside a captured graph'),
    })
    expect(family('NCCL').op(rowOf({ op_name: 'broadcast', nccl_dtype: 'half', num_gpus: 2 }), 'nccl')).toMatchObject({
      skip: 'no collective is known as "broadcast"',
    })
  })

  it('have the same op whatever the engine, so that its tables compare', () => {
    const op = (kernel: string) => family('MoE').op(rowOf({ ...experts, kernel_source: kernel }), 'vllm')
    expect(op('triton')).toEqual(op('cutlass'))
  })
})

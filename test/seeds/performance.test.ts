import { describe, expect, it } from 'vitest'
import { bounds } from '../../cost-model/column.ts'
import { stepTime } from '../../cost-model/step.ts'
import { calibration, decode, modelOf, prefill, published } from '../cost-model/layouts.ts'
import { key, values } from './plans.ts'

const on = (gpus: number) => ({ model: 'llama-3.3-70b-instruct', fleet: [{ gpu: 'h100-sxm', gpus }], workload: { isl: 1000, osl: 200 } })
const h100 = (widths: Readonly<Record<string, number>>, batch: number) => key('h100-sxm', widths, 'fp8', batch)
const one = values(on(2), h100({ tp: 2 }, 16))

describe('performance (seeds 000 and 004)', () => {
  it('R-PERF-1: prefill and decode are apart, and E2E = TTFT + (output - 1) x TPOT', () => {
    expect(one.e2e_ms).toBeCloseTo(one.ttft_ms + 199 * one.tpot_ms, 12)
  })

  it('R-PERF-2: throughput of a request, a batch and a fleet are different numbers that fit together', () => {
    const two = values(on(4), h100({ tp: 2, r: 2 }, 16))
    expect(one.tok_s_per_user).toBeCloseTo(1 / one.tpot_ms, 9)
    expect(one.out_tok_s).toBeCloseTo(2 * one.out_tok_s_per_gpu, 9)
    expect(two.out_tok_s / one.out_tok_s).toBeCloseTo(2, 12)
    expect(two.out_tok_s_per_gpu / one.out_tok_s_per_gpu).toBeCloseTo(1, 12)
  })

  it('R-PERF-3: an op takes no less than its arithmetic and no less than its memory traffic', () => {
    const model = modelOf('llama-3.3-70b-instruct', { gpu: 'h100-sxm', gpus: 2 }, { tp: 2 })
    const time = stepTime(model, decode(16, 1000))
    // 35 GB of weights per GPU at 3.35 TB/s are 10.5 ms; the FLOPs of the step alone would be over in 1 ms.
    expect(time.latency).toBeGreaterThan(time.bytes / 3.35e12)
    expect(time.flops / 1979e12).toBeLessThan(time.latency / 10)
  })

  it('R-PERF-4: at a fixed batch per replica DP leaves latency alone, at a fixed load it lowers TTFT and TPOT', () => {
    const [same, spread] = [16, 8].map((batch) => values(on(4), h100({ tp: 2, r: 2 }, batch)))
    expect([same!.ttft_ms, same!.tpot_ms]).toEqual([one.ttft_ms, one.tpot_ms])
    expect(spread!.tpot_ms).toBeLessThan(0.95 * one.tpot_ms)
    expect(spread!.ttft_ms).toBeLessThan(one.ttft_ms)
  })

  it('R-PERF-5: on PCIe there is a TP beyond which TPOT worsens; at TP 1 nothing is communicated', () => {
    const study = { model: 'meta-llama-3.1-8b', fleet: [{ node: 'l40s-8-pcie', nodes: 1 }], workload: { isl: 1000, osl: 200 } }
    const [t1, t2, t4, t8] = [1, 2, 4, 8].map((tp) => values(study, key('l40s', { tp, r: 8 / tp }, 'bf16', 8)))
    expect(t1!.decode_comm_share).toBe(0)
    expect(t2!.tpot_ms).toBeLessThan(t1!.tpot_ms)
    expect(t8!.tpot_ms).toBeGreaterThan(t4!.tpot_ms)
    expect(t8!.decode_comm_share).toBeGreaterThan(t2!.decode_comm_share)
  })

  it('R-PERF-6: latency is the sum of the stages and their sends, the period the slowest stage', () => {
    const [whole, staged] = [1, 4].map((pp) => modelOf('llama-3.3-70b-instruct', { gpu: 'h100-sxm', gpus: 8 }, { tp: 2, pp }))
    for (const shape of [decode(8, 1000), prefill(2000)]) {
      const [alone, four] = [stepTime(whole!, shape), stepTime(staged!, shape)]
      expect(four.latency).toBeGreaterThanOrEqual(alone.latency)
      expect(four.latency).toBeLessThan(1.1 * alone.latency)
      expect(four.period).toBeGreaterThanOrEqual(four.latency / 4)
      expect(four.period).toBeLessThan(four.latency / 3)
    }
  })

  it('R-PERF-7: skewed experts slow a MoE layer down, beside router, dispatch and combine', () => {
    const time = (exponent: number) => {
      const constants = { ...calibration, routing: { ...calibration.routing, exponent } }
      return stepTime(
        modelOf('deepseek-v3', { gpu: 'h200-sxm', gpus: 32 }, { attentionDp: 32, ep: 32 }, published, 'sglang', constants),
        prefill(32 * 4096, 32),
      )
    }
    expect(time(0.6).latency).toBeGreaterThan(1.05 * time(0).latency)
    expect(time(0).communication).toBeGreaterThan(0)
  })

  it('R-PERF-8: what a phase waits for is an output: prefill of a 70B model for arithmetic, its decode for memory', () => {
    expect([bounds[one.prefill_bound], bounds[one.decode_bound]]).toEqual(['compute', 'memory'])
  })

  it('R-PERF-9: latency never divides by PP x TP x EP', () => {
    const [alone, wide] = [values(on(8), h100({ tp: 2, r: 4 }, 1)), values(on(8), h100({ tp: 2, pp: 4 }, 1))]
    expect(wide.tpot_ms).toBeGreaterThanOrEqual(alone.tpot_ms)
    expect(values(on(8), h100({ tp: 8 }, 1)).tpot_ms).toBeGreaterThan(alone.tpot_ms / 4)
  })

  it('R-PERF-10: SP pays only for long prompts: of 8 GPUs a ring is slower than TP for 256 tokens and faster for 32,768', () => {
    const pool = { gpu: 'h100-sxm', gpus: 8 }
    const [ring, tensor] = [{ sp: 8, spKind: 'ring' } as const, { tp: 8 }].map((layout) => modelOf('llama-3.3-70b-instruct', pool, layout))
    const ratio = (tokens: number) => stepTime(ring!, prefill(tokens)).latency / stepTime(tensor!, prefill(tokens)).latency
    expect(ratio(256)).toBeGreaterThan(1)
    expect(ratio(32_768)).toBeLessThan(1)
  })
})

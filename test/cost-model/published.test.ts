import { describe, expect, it } from 'vitest'
import { stepTime } from '../../cost-model/step.ts'
import { bf16, calibration, decode, modelOf, prefill, published } from './layouts.ts'

const ms = 1e-3

describe('predicted steps', () => {
  it('of a 70B model in fp8 on 8 H100 are plausible', () => {
    const model = modelOf('llama-3.3-70b-instruct', { gpu: 'h100-sxm', gpus: 8 }, { tp: 8 })
    expect(stepTime(model, decode(1, 1000)).latency).toBeGreaterThan(5 * ms)
    expect(stepTime(model, decode(1, 1000)).latency).toBeLessThan(9 * ms)
    expect(stepTime(model, decode(64, 4000)).latency).toBeGreaterThan(10 * ms)
    expect(stepTime(model, decode(64, 4000)).latency).toBeLessThan(20 * ms)
    expect(stepTime(model, prefill(4000)).latency).toBeGreaterThan(80 * ms)
    // As mixed steps of vLLM are measured to take, all-reduces and lasting clocks included.
    expect(stepTime(model, prefill(4000)).latency).toBeLessThan(180 * ms)
    expect(model.pedigree).toBe('derived')
  })

  it('of DeepSeek-V3 in fp8 on 8 H200 are plausible', () => {
    const model = modelOf('deepseek-v3', { gpu: 'h200-sxm', gpus: 8 }, { tp: 8, ep: 8 }, published)
    expect(stepTime(model, decode(1, 1000)).latency).toBeGreaterThan(7 * ms)
    expect(stepTime(model, decode(1, 1000)).latency).toBeLessThan(20 * ms)
    // Nearly all experts are read: 671 GB over 8 GPUs of 4.8 TB/s cannot take less than 17 ms.
    expect(stepTime(model, decode(128, 1000)).latency).toBeGreaterThan(17 * ms)
    expect(stepTime(model, decode(128, 1000)).latency).toBeLessThan(60 * ms)
  })

  it('are within a third of single published figures', () => {
    const h100 = modelOf('qwen2.5-72b-instruct', { gpu: 'h100-sxm', gpus: 2 }, { tp: 2 }, bf16)
    // github.com/tenstorrent/tt-inference-server issue 143 (2025-04): Qwen2.5-72B bf16 on 2 H100, concurrency 1.
    expect(Math.abs(stepTime(h100, decode(1, 200)).latency / (30.9 * ms) - 1)).toBeLessThan(0.33)
    expect(Math.abs(stepTime(h100, prefill(1024)).latency / (129.2 * ms) - 1)).toBeLessThan(0.33)
    expect(Math.abs(stepTime(h100, prefill(8192)).latency / (1063.8 * ms) - 1)).toBeLessThan(0.33)
    // github.com/ggml-org/llama.cpp pull 4766 (2024-01): Llama-2-7B fp16 on an RTX 4090, 61.03 tokens/s.
    const rtx = modelOf('llama-2-7b-hf', { gpu: 'rtx-4090', gpus: 1 }, {}, bf16)
    expect(Math.abs(stepTime(rtx, decode(1, 100)).latency * 61.03 - 1)).toBeLessThan(0.33)
    // lmsys.org blog 2025-05-05: DeepSeek-V3 decode, 72 H100, batch 256 per GPU, 2000 tokens in: 22,282 tokens/s per node of 8.
    const wide = modelOf('deepseek-v3', { gpu: 'h100-sxm', gpus: 72 }, { attentionDp: 72, ep: 72, redundantExperts: 32 }, published)
    expect(Math.abs(stepTime(wide, decode(256 * 72, 2050)).latency / ((256 * 8) / 22282) - 1)).toBeLessThan(0.33)
  })

  it('depend on the popularity of experts as the calibration has it', () => {
    const time = (exponent: number, redundantExperts = 0, staleness = 0) => {
      const constants = { ...calibration, routing: { ...calibration.routing, exponent, staleness } }
      const layout = { attentionDp: 32, ep: 32, redundantExperts }
      return stepTime(modelOf('deepseek-v3', { gpu: 'h200-sxm', gpus: 32 }, layout, published, 'sglang', constants), prefill(32 * 4096, 32))
        .latency
    }
    expect(time(0.3)).toBeGreaterThan(time(0))
    expect(time(1.01)).toBeGreaterThan(1.5 * time(0))
    expect(time(1.01, 32)).toBeLessThan(time(0.3))
    expect(time(1.01, 32, 0.2)).toBeGreaterThan(time(1.01, 32))
  })
})

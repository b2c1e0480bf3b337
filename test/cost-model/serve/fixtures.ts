import fc from 'fast-check'
import type { Load, StepFunction } from '../../../cost-model/serve/load.ts'

/**
 * Step time fitted to the kernel profile of Llama-3.1-8B on an RTX PRO 6000 (LLMServingSim's measured run, vLLM 0.19):
 * 10.38 ms + 35.2 us per prompt token + 26.6 us per decode + 0.1045 us per KV token read.
 */
export const linearStep: StepFunction = (shape) => {
  const prompt = 35.2e-6 * shape.prefillTokens
  const decode = 26.6e-6 * shape.decodeSequences + 0.1045e-6 * shape.decodeSequences * shape.decodeContext
  const seconds = 10.38e-3 + prompt + decode
  return { latency: seconds, period: seconds }
}

type Scheduler = Load['scheduler']

/** Decodes first, chunks beside them, prompts alone checked against free KV (vLLM). */
export const mixing: Scheduler = {
  policy: 'running-first',
  mixedSteps: true,
  chunkedPrefill: true,
  admission: 'reserve-prompt',
  asyncScheduling: false,
}

/** Prompts first, decodes stall meanwhile (SGLang). */
export const stalling: Scheduler = { ...mixing, policy: 'prefill-first', mixedSteps: false, admission: 'reserve-ratio', reserveRatio: 0.1 }

/** Whole prompts beside decodes, whole requests reserved (TensorRT-LLM). */
export const whole: Scheduler = { ...mixing, chunkedPrefill: false, admission: 'reserve-all' }

export const baseLoad: Load = {
  concurrency: 16,
  isl: 1000,
  islCv: 0,
  osl: 200,
  oslCv: 0,
  prefixHit: 0,
  attentionDp: 1,
  pp: 1,
  chunk: 2048,
  seats: 1024,
  kvSeats: 1e6,
  scheduler: mixing,
  speculation: undefined,
  perRequest: 0,
}

/** Any legal load. */
export const anyLoad: fc.Arbitrary<Load> = fc.record({
  concurrency: fc.integer({ min: 1, max: 2000 }),
  isl: fc.double({ min: 1, max: 200_000, noNaN: true }),
  islCv: fc.double({ min: 0, max: 3, noNaN: true }),
  osl: fc.double({ min: 1, max: 20_000, noNaN: true }),
  oslCv: fc.double({ min: 0, max: 3, noNaN: true }),
  prefixHit: fc.double({ min: 0, max: 0.999, noNaN: true }),
  attentionDp: fc.constantFrom(1, 2, 8, 64),
  pp: fc.constantFrom(1, 2, 3, 8),
  chunk: fc.integer({ min: 16, max: 32_768 }),
  seats: fc.integer({ min: 1, max: 4096 }),
  kvSeats: fc.integer({ min: 1, max: 10_000 }),
  scheduler: fc.record({
    policy: fc.constantFrom('running-first' as const, 'prefill-first' as const),
    mixedSteps: fc.boolean(),
    chunkedPrefill: fc.boolean(),
    admission: fc.constantFrom('reserve-prompt' as const, 'reserve-all' as const, 'reserve-ratio' as const),
    reserveRatio: fc.double({ min: 0, max: 1, noNaN: true }),
    asyncScheduling: fc.boolean(),
    admissionHold: fc.constantFrom(1, 1, 50),
  }),
  speculation: fc.option(fc.record({ depth: fc.integer({ min: 1, max: 8 }), acceptance: fc.double({ min: 0, max: 1, noNaN: true }) }), {
    nil: undefined,
  }),
  perRequest: fc.constantFrom(0, 0.01),
})

import { describe, expect, it } from 'vitest'
import { type Axes, axesSchema } from '../../spaces/axes.ts'
import { makePool } from '../../spaces/fleet.ts'
import type { SpaceInputs } from '../../spaces/pool-axes.ts'
import { makeSpace } from '../../spaces/space.ts'
import { catalog, deepseek, llama } from './inputs.ts'

describe('defaults', () => {
  const only = (axes: Axes, inputs: SpaceInputs) => makeSpace(inputs, { replicas: 1, ...axes }).at(0)

  it('has about thirty batch sizes from 1 to 512, neighbours a quarter apart at most beyond 4', () => {
    const space = makeSpace(llama, { replicas: 8, tp: 8, dcp: 1 })
    const sizes = Array.from({ length: space.size }, (_, i) => space.at(i).batch)
    expect(sizes).toHaveLength(32)
    expect([sizes[0], sizes.at(-1)]).toEqual([1, 512])
    expect(sizes.every((size, i) => i === 0 || (size > sizes[i - 1]! && (size <= 4 || size <= 1.25 * sizes[i - 1]!)))).toBe(true)
  })

  it('takes precision from the checkpoint where the GPU can, else 16 bits', () => {
    const v100 = makePool({ gpu: 'v100-sxm2-32gb', gpus: 8 }, catalog)
    const a100 = makePool({ node: 'dgx-a100', gpus: 64 }, catalog)
    expect(only({}, llama).precision).toEqual({ weights: 'shipped', activations: 'bf16', kv: 'bf16', comm: 'bf16' })
    expect(only({}, deepseek).precision).toMatchObject({ weights: 'shipped', activations: 'fp8' })
    expect(only({}, { ...deepseek, pools: [a100] }).precision).toMatchObject({ weights: 'shipped', activations: 'bf16' })
    expect(only({}, { ...llama, pools: [v100] }).precision).toEqual({ weights: 'shipped', activations: 'fp16', kv: 'fp16', comm: 'fp16' })
    expect(only({ weights: 'fp8-block' }, llama).precision.activations).toBe('fp8')
    expect(only({ weights: 'awq' }, llama).precision.activations).toBe('bf16')
  })

  it('takes the chunk from the engine, or the prompt where an engine does not chunk it', () => {
    expect(only({}, llama).chunk).toBe(8192)
    const trtllm = { ...llama, engine: catalog.engine('trtllm') }
    expect(only({}, trtllm).chunk).toBe(8192)
    expect(only({}, { ...trtllm, workload: { ...llama.workload, isl: { kind: 'fixed', tokens: 10_000 } } }).chunk).toBe(10_000)
  })

  it('asks for no width that the engine lacks', () => {
    const engine = catalog.engine('generic')
    const bare = { ...engine, parallel: { ...engine.parallel, pipeline: false, attentionDp: 'no' as const, decodeContext: false } }
    const space = makeSpace({ ...llama, engine: bare }, { batch: 1 })
    expect(space.size).toBe(7)
    expect(Array.from({ length: 7 }, (_, i) => space.at(i).layout.tp).sort((a, b) => a - b)).toEqual([1, 2, 4, 8, 16, 32, 64])
  })
})

describe('axesSchema', () => {
  it('takes a value, a list, a range and all', () => {
    const axes = { tp: 8, pp: [1, 2], batch: { from: 1, to: 512, factor: 2 }, chunk: 'all', weights: ['fp8', 'shipped'], kv: 'all' }
    expect(axesSchema.parse(axes)).toEqual(axes)
  })

  it.each([
    { tp: 0 },
    { tp: -8 },
    { tp: 1.5 },
    { tp: 'any' },
    { tensor: 8 },
    { batch: { from: 1, to: 9, step: 2, factor: 2 } },
    { batch: { from: 1, to: 9, factor: 1 } },
    { batch: { from: 1, to: 2 ** 53 - 1, factor: 1.0000001 } },
    { batch: { from: 1, to: 2, factor: 1 + Number.EPSILON } },
    { redundantExperts: { from: 0, to: 8, factor: 2 } },
    { redundantExperts: { from: 0, to: 0, factor: 2 } },
    { redundantExperts: { from: 0, to: 1e15 } },
    { weights: 'fp9' },
    { activations: 'shipped' },
    { spKind: 'rings' },
  ])('refuses %j', (axes) => {
    expect(axesSchema.safeParse(axes).success).toBe(false)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Model } from '../../spaces/model.ts'
import { edgeTensors, layerTensors } from '../../spaces/parameters.ts'
import { format, formatNames } from '../../spaces/precision.ts'
import { components, tensorParameters } from '../../spaces/tensor.ts'
import { storedFormats, tensorBytes } from '../../spaces/weights.ts'
import { facts } from './facts.ts'
import { model, models } from './models.ts'

const precision = (weights: string) => ({ weights, activations: 'bf16', kv: 'bf16', comm: 'bf16' })

/** Bytes of the text model, each weight once. */
function modelBytes(m: Model, weights: string): number {
  const bytes = (tensors: ReturnType<typeof edgeTensors>) =>
    tensors.reduce((sum, t) => sum + tensorBytes(t, storedFormats(m, precision(weights), t.component)), 0)
  return m.layerGroups.reduce((sum, group) => sum + group.count * bytes(layerTensors(m, group)), bytes(edgeTensors(m)))
}

describe('weights', () => {
  it('of Qwen3-8B in block fp8 take 9,437,399,040 B: linear layers 1 B with scales, embedding and head bf16', () => {
    const linear = 36 * 192_937_984
    expect(linear * (4 / 16384)).toBe(1_695_744)
    expect(modelBytes(model('Qwen/Qwen3-8B'), 'fp8-block')).toBe(linear + 1_695_744 + 2_489_319_424 + 616_448)
    expect(modelBytes(model('Qwen/Qwen3-8B'), 'fp8-block')).toBe(9_437_399_040)
  })

  it('of Qwen3-0.6B take 1,192,099,840 B with the embedding counted once', () => {
    expect(modelBytes(model('Qwen/Qwen3-0.6B'), 'bf16')).toBe(2 * 596_049_920)
  })

  it.skipIf(facts.length === 0)('as shipped take the bytes of all 136 model-facts files', () => {
    for (const { id, weights } of facts) {
      expect(Math.abs(modelBytes(model(id), 'shipped') - weights.computed_bytes_text_without_mtp), id).toBeLessThan(1)
    }
  })

  it.each([
    ['moonshotai/Kimi-K3', 1.561e12, 0.01],
    ['openai/gpt-oss-120b', 65.25e9, 0.01],
    ['openai/gpt-oss-20b', 13.76e9, 0.01],
    ['moonshotai/Kimi-K2.5', 594e9, 0.01],
  ])('of %s as shipped are near %f B, the size of its files', (id, bytes, tolerance) => {
    expect(Math.abs(modelBytes(model(id), 'shipped') / bytes - 1)).toBeLessThan(tolerance)
  })

  it('keep embedding, head, router, index and norms in bf16 under a named format', () => {
    const v32 = model('deepseek-ai/DeepSeek-V3.2')
    const kept = components.filter((c) => storedFormats(v32, precision('nvfp4'), c)[0][0].name === 'bf16')
    expect(kept).toEqual(['embed', 'lmHead', 'posEmbed', 'indexer', 'router', 'normMisc'])
    expect(storedFormats(v32, precision('shipped'), 'indexer')).toEqual([[format('fp8-block'), 1]])
    expect(storedFormats(v32, precision('shipped'), 'embed')).toEqual([[format('bf16'), 1]])
  })

  it('mix the formats of a component by their shares', () => {
    const qwen = model('Qwen/Qwen3-8B')
    const [q] = layerTensors(qwen, qwen.layerGroups[0])
    const mixed: Model = {
      ...qwen,
      checkpoint: {
        ...qwen.checkpoint,
        formats: {
          attnIn: [
            ['fp8', 0.75],
            ['bf16', 0.25],
          ],
        },
      },
    }
    expect(tensorBytes(q, storedFormats(mixed, precision('shipped'), 'attnIn'))).toBe(1.25 * tensorParameters(q))
  })

  it('take no fewer bytes in a format with more bytes per element', () => {
    const name = fc.constantFrom(...formatNames)
    fc.assert(
      fc.property(fc.constantFrom(...models), name, name, (m, a, b) => {
        const [small, large] = format(a).bytes <= format(b).bytes ? [a, b] : [b, a]
        expect(modelBytes(m, small)).toBeLessThanOrEqual(modelBytes(m, large))
      }),
      { seed: 1, numRuns: 100 },
    )
  })
})

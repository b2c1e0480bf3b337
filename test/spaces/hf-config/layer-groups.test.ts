import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeLayerOrder, groupLayers } from '../../../spaces/hf-config/layer-groups.ts'
import { parseLayerOrder } from '../../../spaces/layer-order.ts'

describe('the layer order', () => {
  test.each([
    [[0, 0, 0], '0x3'],
    [[0, 0, 1, 1, 1], '0x2 1x3'],
    [[0, 1, 0, 1, 0, 1], '(0x1 1x1)x3'],
    [[0, 0, 1, 0, 0, 1, 0, 0], '(0x2 1x1)x2 0x2'],
    [[2, 0, 1, 0, 1, 2], '2x1 (0x1 1x1)x2 2x1'],
    [[], ''],
  ])('%j is written %s', (order, text) => {
    expect(encodeLayerOrder(order)).toBe(text)
  })

  test('reads back as it was, whatever it is', () => {
    const orders = fc.array(fc.nat(3), { minLength: 1, maxLength: 120 })
    fc.assert(
      fc.property(orders, (order) => {
        expect(parseLayerOrder(encodeLayerOrder(order))).toEqual(order)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  test('reads back as it was where a pattern repeats, and is shorter than its runs', () => {
    const orders = fc.tuple(fc.array(fc.nat(2), { minLength: 2, maxLength: 8 }), fc.integer({ min: 3, max: 12 }))
    fc.assert(
      fc.property(orders, ([pattern, times]) => {
        const order = Array.from({ length: times }, () => pattern).flat()
        const text = encodeLayerOrder(order)
        expect(parseLayerOrder(text)).toEqual(order)
        expect(text.length).toBeLessThanOrEqual(order.map((group) => `${group}x1`).join(' ').length)
      }),
      { seed: 2, numRuns: 300 },
    )
  })
})

describe('groups of layers', () => {
  const attn = { kind: 'none' } as const
  const narrow = { attn, ffn: { kind: 'dense', intermediate: 8, gated: true }, norms: 1 } as const
  const wide = { ...narrow, ffn: { ...narrow.ffn, intermediate: 16 } } as const

  test('come in the order in which their shapes first appear', () => {
    expect(groupLayers([wide, narrow, wide, wide])).toEqual({
      layerGroups: [
        { ...wide, count: 3 },
        { ...narrow, count: 1 },
      ],
      layerOrder: '0x1 1x1 0x2',
    })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expandLayers, parseLayerOrder } from '../../spaces/layer-order.ts'

describe('a layer order', () => {
  it.each([
    ['0x3', [0, 0, 0]],
    ['0x1 1x2', [0, 1, 1]],
    ['(0x2 1x1)x2 0x1', [0, 0, 1, 0, 0, 1, 0]],
    ['((0x1 1x1)x2 2x1)x2', [0, 1, 0, 1, 2, 0, 1, 0, 1, 2]],
    [' 10x1  2x1 ', [10, 2]],
    ['0x100 1x120', [...Array<number>(100).fill(0), ...Array<number>(120).fill(1)]],
  ])('%s expands', (text, layers) => {
    expect(expandLayers({ layerOrder: text })).toEqual(layers)
  })

  it.each([
    '0',
    'x3',
    '0x',
    '(0x1',
    '0x1)x2',
    '(0x1)',
    '0x1, 1x1',
    'a0x1',
    '0x1 b',
    '0x99999999999',
    '((0x1000)x1000)x1000',
    '()x99999999999',
  ])('%s is malformed', (text) => {
    expect(parseLayerOrder(text)).toBeUndefined()
    expect(() => expandLayers({ layerOrder: text })).toThrow('malformed layer order')
  })

  it('of runs has each run in its place', () => {
    const runs = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 4 }), (list, times) => {
        const once = list.flatMap(([group, count]) => Array<number>(count).fill(group))
        const text = `(${list.map(([group, count]) => `${group}x${count}`).join(' ')})x${times}`
        expect(parseLayerOrder(text)).toEqual(Array.from({ length: times }, () => once).flat())
      }),
      { seed: 1, numRuns: 100 },
    )
  })
})

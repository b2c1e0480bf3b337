import { expect, it } from 'vitest'
import { noPrompts, shapeOf } from '../../../cost-model/serve/shape.ts'
import { baseLoad } from './fixtures.ts'

const load = { ...baseLoad, isl: 1000, osl: 200 }

it('a prompt that fits into a step stands behind its cached prefix, a chunk in the middle of its prompt', () => {
  const context = (prefixHit: number, tokens: number, sequences: number) =>
    shapeOf({ ...load, prefixHit }, { tokens, sequences, ranks: 1 }, 0).prefillContext
  expect(context(0, 1000, 1)).toBe(0)
  expect(context(0, 3000, 3)).toBe(0)
  expect(context(0, 250, 1)).toBe(375)
  expect(context(0.4, 600, 1)).toBe(400)
  expect(context(0.4, 200, 1)).toBe(600)
})

it('decodes stand in the middle of their output', () => {
  expect(shapeOf(load, noPrompts, 7)).toMatchObject({ prefillTokens: 0, prefillSequences: 0, decodeSequences: 7, decodeContext: 1100 })
})

it('a speculating sequence counts once per token it verifies, and reads its cache once', () => {
  const { decodeSequences, decodeContext, decodeWidth } = shapeOf({ ...load, speculation: { depth: 3, acceptance: 0.5 } }, noPrompts, 7)
  expect([decodeSequences, decodeWidth]).toEqual([28, 4])
  expect(decodeSequences * decodeContext).toBe(7 * 1100)
})

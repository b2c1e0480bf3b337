import { expect, it } from 'vitest'
import { costOf } from '../../cost-model/price.ts'

it('rent is per GPU-hour, and a token costs its share of a second of rent', () => {
  const cost = costOf(2.5, 64, 80_000, 10_000)
  expect(cost.usdPerHour).toBe(160)
  expect(cost.usdPerOutputToken * 1e6).toBeCloseTo(160 / 3600 / 0.01, 12)
  expect(cost.usdPerPromptToken * 1e6).toBeCloseTo(160 / 3600 / 0.08, 12)
  expect(cost.usdPerToken * 1e6).toBeCloseTo(160 / 3600 / 0.09, 12)
})

it('one GPU at $2.50 per hour that puts out 1,000 tokens a second costs $0.694 per million of them', () => {
  expect(costOf(2.5, 1, 1000, 1000).usdPerOutputToken * 1e6).toBeCloseTo(0.694444, 6)
})

it('prompt and output tokens at their separate prices each pay the whole rent, at the blended price together once', () => {
  const { usdPerHour, usdPerPromptToken, usdPerOutputToken, usdPerToken } = costOf(3, 8, 4000, 500)
  for (const sum of [4000 * usdPerPromptToken, 500 * usdPerOutputToken, 4500 * usdPerToken]) expect(sum * 3600).toBeCloseTo(usdPerHour, 9)
})

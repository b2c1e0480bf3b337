import { describe, expect, it } from 'vitest'
import { publishedSuite } from '../../../optimizer/validate/published/index.ts'
import { holds } from '../../../optimizer/validate/suite.ts'

describe('the published suite', async () => {
  const { checks, sideBySide, metrics, skipped } = await publishedSuite.run({})

  it('is within 30 % of every figure for which no reason is given, and of Splitwise in the median', () => {
    expect(checks.filter((one) => !holds(one)).map(({ id, what, ours }) => `${id} ${what}: ${ours}`)).toEqual([])
    expect(checks.length).toBeGreaterThan(15)
  })

  it('shows the others with their reason, and Splitwise by configuration', () => {
    expect(skipped.length).toBe(sideBySide[0]!.rows.length)
    expect(skipped.length).toBeLessThan(6)
    expect(sideBySide[1]!.rows.map(([configuration]) => configuration)).toContain('bloom h100-sxm tp8')
    expect(metrics.length).toBe(16)
  })
})

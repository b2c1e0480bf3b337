import { describe, expect, it } from 'vitest'
import { memorySuite } from '../../../optimizer/validate/memory/index.ts'
import { holds, relativeError } from '../../../optimizer/validate/suite.ts'

describe('the memory suite', async () => {
  const { checks } = await memorySuite.run({})

  it('is within tolerance in every row', () => {
    expect(checks.filter((one) => !holds(one)).map(({ id, what, ours }) => `${id} ${what}: ${ours}`)).toEqual([])
  })

  it('has rows that running engines reported, none of them met exactly', () => {
    const measured = checks.filter(({ group }) => group === 'measured on running engines')
    expect(measured.map(({ id }) => id)).toEqual(['M-1', 'M-2', 'M-3', 'M-4', 'M-5'])
    for (const one of measured) expect(relativeError(one)).not.toBe(0)
  })
})

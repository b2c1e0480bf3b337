import { describe, expect, test } from 'vitest'
import { families, familyOf } from '../../../spaces/hf-config/families/index.ts'

describe('the registry of families', () => {
  test('has no model type twice', () => {
    const types = families.flatMap((family) => family.modelTypes)
    expect(types.filter((type, i) => types.indexOf(type) !== i)).toEqual([])
  })

  test('looks up the innermost type that somebody described', () => {
    expect(familyOf(['llama', 'gemma'])).toBe(familyOf(['llama']))
    expect(familyOf(['frobnicator', 'gemma'])).toBe(familyOf(['gemma']))
    expect(familyOf(['frobnicator'])).toBeUndefined()
    expect(familyOf([])).toBeUndefined()
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { didYouMean, sameWords } from '../../spaces/suggest.ts'

const gpus = ['h100-sxm', 'h100-pcie', 'h100-nvl', 'h200-sxm', 'b100', 'a100-sxm-80gb', 'meta-llama/Llama-3.3-70B-Instruct']

describe('didYouMean', () => {
  it.each([
    ['h100sxm', 'did you mean "h100-sxm"?'],
    ['H100_SXM', 'did you mean "h100-sxm"?'],
    ['h100-smx', 'did you mean "h100-sxm"?'],
    ['a100-sxm-80g', 'did you mean "a100-sxm-80gb"?'],
    ['h100', 'did you mean "h100-sxm", "h100-nvl" or "h100-pcie"?'],
    ['llama-3.3-70b', 'did you mean "meta-llama/Llama-3.3-70B-Instruct"?'],
    ['meta/llama-3.3-70b-instruct', 'did you mean "meta-llama/Llama-3.3-70B-Instruct"?'],
  ])('turns %s into %s', (word, expected) => {
    expect(didYouMean(word, gpus)).toBe(expected)
  })

  it('counts swapped neighbours as one slip, all that a word of three letters may have', () => {
    expect(didYouMean('a04', ['a40'])).toBe('did you mean "a40"?')
    expect(didYouMean('a35', ['a40'])).toBeUndefined()
  })

  it('is silent where nothing is near', () => {
    expect(didYouMean('gaudi', gpus)).toBeUndefined()
    expect(didYouMean('', gpus)).toBeUndefined()
    expect(didYouMean('--', gpus)).toBeUndefined()
    expect(didYouMean('h100', [])).toBeUndefined()
  })

  it('names a thing once, however many of its names are near', () => {
    expect(didYouMean('h100sxm', ['nvidia/H100-SXM', 'h100-sxm'])).toBe('did you mean "nvidia/H100-SXM"?')
  })

  it('finds a word of six letters or more after any one slip', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{5,11}$/)
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'replace'), (name, at, slip) => {
        const i = at % (name.length - 1)
        const edits = {
          drop: name.slice(0, i) + name.slice(i + 1),
          double: name.slice(0, i) + name[i] + name.slice(i),
          swap: name.slice(0, i) + name[i + 1] + name[i] + name.slice(i + 2),
          replace: `${name.slice(0, i)}q${name.slice(i + 1)}`,
        }
        expect(didYouMean(edits[slip], ['0000000', name])).toBe(`did you mean "${name}"?`)
      }),
      { seed: 1, numRuns: 300 },
    )
  })
})

describe('sameWords', () => {
  const things = ['meta-llama/Meta-Llama-3.1-8B', 'meta-llama/Llama-3.2-1B', 'Qwen/Qwen3-32B', 'a100-sxm-80gb', 'a100-pcie-80gb'].map(
    (id) => ({ id, texts: [id] }),
  )

  it.each([
    ['Llama-3.1-8B-Instruct', 'did you mean "meta-llama/Meta-Llama-3.1-8B"?'],
    ['llama3.1-8b', 'did you mean "meta-llama/Meta-Llama-3.1-8B"?'],
    ['someone/Qwen3-32B-Instruct', 'did you mean "Qwen/Qwen3-32B"?'],
    ['A100 80GB', 'did you mean "a100-sxm-80gb" or "a100-pcie-80gb"?'],
  ])('finds what %s most likely names', (written, suggestion) => {
    expect(sameWords(written, things)).toBe(suggestion)
  })

  it('finds nothing for words that no name has, for fillers alone and for a word too many times', () => {
    for (const written of ['b200', 'instruct', '', 'llama llama 3.1']) expect(sameWords(written, things)).toBeUndefined()
  })
})

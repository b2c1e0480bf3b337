import { describe, expect, it } from 'vitest'
import { attentionSchema } from '../../spaces/attention/index.ts'
import { ffnSchema } from '../../spaces/ffn/index.ts'
import { InputError } from '../../spaces/issue.ts'
import { lengthSchema } from '../../spaces/length.ts'
import { parseWith } from '../../spaces/validate.ts'

describe('a thing whose parts cannot go together', () => {
  const gqa = { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 64 }
  const mamba2 = { kind: 'mamba2', heads: 8, headDim: 64, groups: 4, state: 128, conv: 4 }
  const gdn = { kind: 'gdn', kHeads: 2, kDim: 64, vHeads: 4, vDim: 64, conv: 4 }
  const dsv4 = { kind: 'dsv4', heads: 8, headDim: 64, qkRope: 32, qLoraRank: 64, oGroups: 4, oLoraRank: 64, window: 128, compressRatio: 0 }
  const moe = { kind: 'moe', experts: 4, topK: 4, intermediate: 64, gated: true }

  it.each([
    ['GQA', attentionSchema, gqa, { heads: 7 }, 'heads must be a multiple of kvHeads'],
    ['Mamba-2', attentionSchema, mamba2, { groups: 3 }, 'heads must be a multiple of groups'],
    ['Gated DeltaNet', attentionSchema, gdn, { vHeads: 3 }, 'vHeads must be a multiple of kHeads'],
    ['DeepSeek-V4 attention', attentionSchema, dsv4, { oGroups: 3 }, 'heads must be a multiple of oGroups'],
    ['mixture of experts', ffnSchema, moe, { topK: 5 }, 'topK must not exceed experts'],
    ['uniform length', lengthSchema, { kind: 'uniform', from: 2, to: 2 }, { from: 3 }, 'from must not exceed to'],
  ] as const)('is refused: %s', (_, schema, whole, change, message) => {
    const read = (value: unknown) => parseWith(schema, value, { path: ['it'] })
    expect(read(whole)).toMatchObject(whole)
    expect(() => read({ ...whole, ...change })).toThrow(InputError)
    expect(() => read({ ...whole, ...change })).toThrow(`it: ${message}`)
  })
})

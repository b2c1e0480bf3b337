import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { figure } from '../../spaces/figure.ts'
import { formatIssue, InputError } from '../../spaces/issue.ts'
import { quantity } from '../../spaces/quantity.ts'
import { parseYaml } from '../../spaces/read.ts'
import { parseWith } from '../../spaces/validate.ts'

const schema = z.strictObject({
  name: z.string(),
  engine: z.enum(['vllm', 'sglang']).default('vllm'),
  fleet: z.array(z.strictObject({ gpu: z.string(), nodes: z.int().positive().optional() })).min(1),
  layer: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('dense'), width: z.int().positive() }),
      z.strictObject({ kind: z.literal('moe'), experts: z.number().max(1024) }),
    ])
    .optional(),
  ttft: quantity('seconds').optional(),
  bandwidth: figure('bytesPerSecond', { least: 1e6 }).optional(),
  date: z
    .string()
    .regex(/^\d{4}$/)
    .optional(),
  axes: z.partialRecord(z.enum(['tp', 'pp']), z.array(z.int())).optional(),
  shares: z.record(z.string(), z.strictObject({ share: z.number() })).optional(),
  step: z.number().multipleOf(16).optional(),
})

const base = 'name: x\nfleet:\n  - gpu: h100-sxm\n'

/** What a person sees for a study that ends in these lines (the first is line 4). */
function messages(text: string): readonly string[] {
  const { value, where } = parseYaml(text, 'study.yaml')
  try {
    parseWith(schema, value, where)
    return []
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return error.issues.map(formatIssue)
  }
}

describe('parseWith', () => {
  it('returns the value with defaults and units resolved', () => {
    const { value, where } = parseYaml(`${base}ttft: 30 ms\nbandwidth: { value: 400 Gb/s, from: sheet }\n`, 'study.yaml')
    expect(parseWith(schema, value, where)).toEqual({
      name: 'x',
      engine: 'vllm',
      fleet: [{ gpu: 'h100-sxm' }],
      ttft: 0.03,
      bandwidth: { value: 5e10, from: 'sheet' },
    })
  })

  it.each([
    ['engin: vllm', 'study.yaml:4: engin: unknown key "engin" (did you mean "engine"?)'],
    ['layer: { kind: dense, width: 4, wide: 1 }', 'study.yaml:4: layer.wide: unknown key "wide" (did you mean "width"?)'],
    ['axes: { tq: [1] }', 'study.yaml:4: axes.tq: unknown key "tq" (did you mean "tp"?)'],
    ['shares: { a: { zzzzz: 1, share: 1 } }', 'study.yaml:4: shares.a.zzzzz: unknown key "zzzzz" (known: share)'],
    ['engine: vlm', 'study.yaml:4: engine: must be one of vllm, sglang, not "vlm" (did you mean "vllm"?)'],
    ['layer: { kind: dens, width: 4 }', 'study.yaml:4: layer.kind: must be one of dense, moe, not "dens" (did you mean "dense"?)'],
    ['layer: { width: 4 }', 'study.yaml:4: layer.kind: is missing (one of dense, moe)'],
    ['layer: { kind: dense, width: -4 }', 'study.yaml:4: layer.width: must be more than 0, not -4'],
    ['layer: { kind: dense, width: 4.5 }', 'study.yaml:4: layer.width: must be a whole number, not 4.5'],
    ['layer: { kind: dense, width: .nan }', 'study.yaml:4: layer.width: must be a number, not NaN'],
    ['layer: { kind: moe, experts: .inf }', 'study.yaml:4: layer.experts: must be a number, not Infinity'],
    ['layer: { kind: moe, experts: 4096 }', 'study.yaml:4: layer.experts: must be at most 1024, not 4096'],
    ['layer: 7', 'study.yaml:4: layer: must be a mapping, not 7'],
    ['ttft: 2 kg', 'study.yaml:4: ttft: "2 kg" is not a time: unknown unit "kg" (write for example 2 s or 30 ms)'],
    ['ttft: [1]', 'study.yaml:4: ttft: must be a number or text, not a list'],
    [
      'bandwidth: 400 Gp/s',
      'study.yaml:4: bandwidth: "400 Gp/s" is not a bandwidth: unknown unit "Gp/s" (write for example 450 GB/s or 400 Gb/s)',
    ],
    ['bandwidth: 400', 'study.yaml:4: bandwidth: must be at least 1 MB/s, not 400 B/s'],
    ['bandwidth: { value: 2 GB/s }', 'study.yaml:4: bandwidth.from: is missing (text)'],
    ['bandwidth: true', 'study.yaml:4: bandwidth: must be a number or text or a mapping, not true'],
    ['date: May', 'study.yaml:4: date: must be text that matches /^\\d{4}$/, not "May"'],
    ['step: 20', 'study.yaml:4: step: must be a multiple of 16, not 20'],
  ])('says for "%s": %s', (line, message) => {
    expect(messages(`${base}${line}\n`)).toEqual([message])
  })

  it('names what is missing at the line above it, and lists every problem', () => {
    expect(messages('fleet:\n  - nodes: 0\n')).toEqual([
      'study.yaml:1: name: is missing (text)',
      'study.yaml:2: fleet[0].gpu: is missing (text)',
      'study.yaml:2: fleet[0].nodes: must be more than 0, not 0',
    ])
    expect(messages('name: x\nfleet: []\n')).toEqual(['study.yaml:2: fleet: must be at least 1 item long, not an empty list'])
    expect(messages('')).toEqual(['study.yaml: must be a mapping, not null'])
    expect(messages('- 1\n')).toEqual(['study.yaml:1: must be a mapping, not a list'])
  })

  it('shortens long values and keeps every message on one line', () => {
    const [message] = messages(`${base}engine: "${'long\\n'.repeat(50)}"\n`)
    expect(message.length).toBeLessThan(200)
    expect(message).not.toContain('\n')
  })

  it('places the problem below the path it was given', () => {
    expect(() => parseWith(schema, {}, { path: ['models', 2], file: 'study.yaml' })).toThrow(
      'study.yaml: models[2].name: is missing (text)',
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { quantity } from '../../spaces/quantity.ts'
import { formatQuantity, parseQuantity, type QuantityKind } from '../../spaces/units.ts'

const read = (kind: QuantityKind, text: string) => {
  const parsed = parseQuantity(kind, text)
  return parsed.ok ? parsed.value : parsed.problem.code
}

describe('parseQuantity', () => {
  it.each<[QuantityKind, string, number]>([
    ['bytesPerSecond', '400 Gb/s', 5e10],
    ['bytesPerSecond', '400Gbps', 5e10],
    ['bytesPerSecond', '450 GB/s', 4.5e11],
    ['bytesPerSecond', '3.35 TB/s', 3.35e12],
    ['bytes', '80 GiB', 85899345920],
    ['bytes', '80 gib', 85899345920],
    ['bytes', '40e9', 4e10],
    ['bytes', '81559 MiB', 85520809984],
    ['seconds', '2 s', 2],
    ['seconds', '30 ms', 0.03],
    ['seconds', '.5ms', 0.0005],
    ['flopPerSecond', '989 TFLOP/s', 9.89e14],
    ['flopPerSecond', '1979 TOPS', 1.979e15],
    ['watts', '10.2 kW', 10200],
    ['dollars', '$2.95', 2.95],
    ['dollars', '2.95 $', 2.95],
    ['bitsPerSecond', '28 Gb/s', 2.8e10],
    ['count', '8k', 8000],
    ['count', '1_024', 1024],
  ])('reads %s from "%s"', (kind, text, expected) => {
    expect(read(kind, text)).toBeCloseTo(expected, expected < 1 ? 12 : 0)
  })

  it.each<[QuantityKind, string, string]>([
    ['bytes', '80 GB/s', 'wrong-unit'],
    ['bytesPerSecond', '80 GiB', 'wrong-unit'],
    ['seconds', '2 sec onds', 'not-a-number'],
    ['seconds', '2 parsecs', 'wrong-unit'],
    ['bytes', 'eighty', 'not-a-number'],
    ['bytes', '', 'not-a-number'],
    ['bytes', '1e999 GB', 'not-a-number'],
    ['bytes', 'NaN', 'not-a-number'],
    ['bytes', 'Infinity', 'not-a-number'],
    ['seconds', '2 constructor', 'wrong-unit'],
  ])('refuses for %s "%s" as %s', (kind, text, code) => {
    expect(read(kind, text)).toBe(code)
  })

  it('refuses a unit whose case decides between bits and bytes', () => {
    expect(read('bytesPerSecond', '400 gb/s')).toBe('wrong-unit')
    expect(read('bytesPerSecond', '450 GIB/S')).toBe(450 * 2 ** 30)
  })

  it('says what is wrong and what to write', () => {
    const parsed = parseQuantity('seconds', '2 kg')
    expect(parsed).toEqual({
      ok: false,
      problem: { code: 'wrong-unit', message: '"2 kg" is not a time: unknown unit "kg"', suggestion: 'write for example 2 s or 30 ms' },
    })
  })

  it('reads back what formatQuantity prints, to the digits printed', () => {
    const kinds = fc.constantFrom<QuantityKind>(
      'bytes',
      'bytesPerSecond',
      'bitsPerSecond',
      'flopPerSecond',
      'seconds',
      'dollars',
      'watts',
      'count',
    )
    const numbers = fc.tuple(fc.integer({ min: 1, max: 999999 }), fc.integer({ min: -9, max: 12 })).map(([m, e]) => m * 10 ** e)
    fc.assert(
      fc.property(kinds, numbers, (kind, number) => {
        const back = read(kind, formatQuantity(kind, number, 12)) as number
        expect(Math.abs(back - number)).toBeLessThanOrEqual(1e-11 * number)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseQuantity('bytes', text)
        expect(parsed.ok ? Number.isFinite(parsed.value) : parsed.problem.message.length > 0).toBe(true)
      }),
      { seed: 1, numRuns: 500 },
    )
  })
})

describe('formatQuantity', () => {
  it.each<[QuantityKind, number, string]>([
    ['bytesPerSecond', 5e10, '50 GB/s'],
    ['bytes', 85899345920, '80 GiB'],
    ['seconds', 0.03, '30 ms'],
    ['seconds', 2, '2 s'],
    ['flopPerSecond', 9.89e14, '989 TFLOP/s'],
    ['dollars', 2.95, '2.95 $'],
    ['count', 8192, '8192'],
    ['bytes', 0.5, '0.5 B'],
  ])('prints %s %d as %s', (kind, value, expected) => {
    expect(formatQuantity(kind, value)).toBe(expected)
  })
})

describe('quantity', () => {
  const memory = quantity('bytes', { least: 1e8, most: 1e15 })
  const problem = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues[0].message

  it('takes a number in SI units or text with a unit', () => {
    expect(memory.parse(4e10)).toBe(4e10)
    expect(memory.parse('40 GB')).toBe(4e10)
  })

  it('refuses what is zero, negative, not a number, or absurd for the thing', () => {
    expect(problem(quantity('seconds'), 0)).toBe('must be more than 0, not 0')
    expect(problem(quantity('seconds'), '-2 s')).toMatch(/^must be more than 0, not -2/)
    expect(problem(memory, 80)).toBe('must be at least 95.3674 MiB, not 80 B')
    expect(problem(memory, '80 PB')).toMatch(/^must be at most/)
    expect(memory.safeParse(Number.NaN).success).toBe(false)
    expect(memory.safeParse(Number.POSITIVE_INFINITY).success).toBe(false)
    expect(memory.safeParse([80]).success).toBe(false)
  })

  it('has a JSON Schema for its input', () => {
    expect(z.toJSONSchema(memory, { io: 'input' })).toMatchObject({ type: ['number', 'string'] })
  })
})

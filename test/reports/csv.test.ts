import { describe, expect, it } from 'vitest'
import { columns } from '../../cost-model/column.ts'
import { csvHeader, planCsv } from '../../reports/csv.ts'
import { csvSchema } from '../../reports/csv-schema.ts'
import { sampleRow } from './sample.ts'

const parse = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => m[1] ?? m[2]))

describe('planCsv', () => {
  const [header, first, second] = parse([...planCsv([sampleRow(7, 8, 16), sampleRow(9, 4, 32, 'slo-tpot')])].join(''))
  const cell = (row: readonly string[], name: string) => row[header.indexOf(name)]

  it('begins with plan, index, status and reason, and has every column of the column table once', () => {
    expect(header.slice(0, 4)).toEqual(['plan', 'index', 'status', 'reason'])
    expect(header).toEqual(csvHeader)
    for (const { name } of columns) expect(header.filter((h) => h === name)).toEqual([name])
  })

  it('prints values in the unit of their name and leaves what does not apply empty', () => {
    expect(cell(first, 'plan')).toBe('h100-sxm:r8.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b16:c8192')
    expect(cell(first, 'ttft_ms')).toBe('280')
    expect(cell(first, 'memory_gib')).toBe('60')
    expect(cell(first, 'ttft_ms_p99')).toBe('')
    expect([cell(first, 'tp'), cell(first, 'replicas'), cell(first, 'batch'), cell(first, 'gpus')]).toEqual(['8', '8', '16', '64'])
  })

  it('names the reason of a plan that misses a limit', () => {
    expect([cell(second, 'status'), cell(second, 'reason')]).toEqual(['misses-slo', 'slo-tpot'])
  })

  it('gives the same bytes however many rows there are to a chunk', () => {
    const rows = Array.from({ length: 2500 }, (_, i) => sampleRow(i, 8, 1 + (i % 512)))
    const text = [...planCsv(rows)].join('')
    expect(text.split('\n')).toHaveLength(2502)
    expect(text).toBe(
      rows.reduce((sum, row, i) => sum + [...planCsv([row])].join('').slice(i === 0 ? 0 : csvHeader.join(',').length + 1), ''),
    )
  })
})

describe('csvSchema', () => {
  it('describes every column that the CSV has, in its order', () => {
    const { fields } = csvSchema() as { fields: { name: string; description?: string }[] }
    expect(fields.map((f) => f.name)).toEqual(csvHeader)
    expect(fields.filter((f) => !f.description)).toEqual([])
  })
})

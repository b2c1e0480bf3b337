import { describe, expect, it } from 'vitest'
import { logTicks } from '../../reports/browser/ticks.ts'
import { unpack } from '../../reports/browser/unpack.ts'
import { reportPage } from '../../reports/page.ts'
import { bytePlanes, packBytes, roundForPage, scriptHash } from '../../reports/page-pack.ts'
import { pageData } from '../../reports/page-table.ts'
import { sampleReport } from './sample.ts'

const assets = { plotly: 'window.Plotly={}', client: 'start()' }

describe('reportPage', async () => {
  const page = await reportPage(sampleReport(), assets)

  it('escapes whatever came from the study', () => {
    expect(page).not.toContain('<script>alert(1)')
    expect(page).not.toContain('<img src=x')
    expect(page).toContain('&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
  })

  it('forbids every request by its policy and allows its own two scripts by hash', async () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? ''
    expect(policy).toContain('default-src &#39;none&#39;')
    expect(policy).toContain('connect-src &#39;none&#39;')
    expect(policy).toContain(await scriptHash(assets.plotly))
    expect(policy).toContain(await scriptHash(assets.client))
  })

  it('names no address outside the file', () => {
    expect(page.match(/<[a-z]+\b[^>]*\s(?:src|href)\s*=/g)).toBeNull()
  })

  it('is the same for the same report', async () => {
    expect(await reportPage(sampleReport(), assets)).toBe(page)
  })
})

describe('page data', () => {
  it('gives the browser every plan back: key, values to 4 digits, feasibility', async () => {
    const report = sampleReport()
    const data = await pageData(report)
    const table = await unpack(data)
    const row = 77
    const { plan, values, index } = report.rows[row]
    if (plan.kind !== 'colocated') throw new Error('the sample is colocated')
    expect(data.families[table.ids.family[row]]).toContain(`tp${plan.layout.tp}`)
    expect([table.ids.batch[row], table.ids.chunk[row], table.ids.index[row]]).toEqual([plan.batch, plan.chunk, index])
    expect(table.values.get('ttft_ms')?.[row]).toBeCloseTo(values[1] * 1e3, 1)
    expect([...table.feasible]).toEqual(report.rows.map((r) => (r.reason === '' ? 1 : 0)))
  })

  it('leaves out columns that are empty throughout', async () => {
    const { axes } = await pageData(sampleReport())
    expect(axes.map((a) => a.name)).not.toContain('ttft_ms_p99')
  })

  it('stays a few bytes per plan and column however many plans', async () => {
    const { packed, axes } = await pageData(sampleReport(2500))
    expect(packed.length / 10_000).toBeLessThan(4 * (axes.length + 5))
  })
})

describe('packing', () => {
  it('rounds to a relative error of 2^-13 at most and keeps NaN, zero and infinity', () => {
    const values = new Float32Array([1, Math.PI, 1e-20, 65504, 0, Number.NaN, Infinity])
    const rounded = values.slice()
    roundForPage(rounded)
    for (const [i, value] of values.entries()) {
      if (Number.isFinite(value)) expect(Math.abs(rounded[i] - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -13)
      else expect(rounded[i]).toEqual(value)
    }
  })

  it('orders bytes by plane', () => {
    expect([...bytePlanes(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]))]).toEqual([1, 5, 2, 6, 3, 7, 4, 8])
  })

  it('deflates to base64', async () => {
    expect(await packBytes(new Uint8Array(1000))).toMatch(/^[A-Za-z0-9+/]+=*$/)
  })
})

describe('logTicks', () => {
  it('covers the range with 1, 2, 3 and 5 times powers of ten', () => {
    expect(logTicks(3, 40)).toEqual([1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500])
  })
})

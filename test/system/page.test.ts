import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { loadPageAssets } from '../../reports/assets.ts'
import { reportPage } from '../../reports/page.ts'
import { needs } from '../needs.ts'
import { sampleReport } from '../reports/sample.ts'

const executablePath = needs('chromium')
const args = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-background-networking']
const folder = mkdtempSync(join(tmpdir(), 'fleetfront-page-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Opens a report offline and hands the page over, with every request and complaint it made. */
async function open(batches: number, look: (page: Page, log: { requests: string[]; complaints: string[] }) => Promise<void>) {
  const file = join(folder, `report-${batches}.html`)
  writeFileSync(file, await reportPage(sampleReport(batches), loadPageAssets()))
  const browser = await chromium.launch({ executablePath, args })
  try {
    const context = await browser.newContext({ offline: true, viewport: { width: 1400, height: 1000 } })
    const page = await context.newPage()
    const log = { requests: [] as string[], complaints: [] as string[] }
    page.on('request', (r) => log.requests.push(r.url()))
    page.on('pageerror', (e) => log.complaints.push(e.message))
    page.on('dialog', (d) => log.complaints.push(`dialog ${d.message()}`))
    page.on('console', (m) => (m.type() === 'error' ? log.complaints.push(m.text()) : undefined))
    await page.goto(`file://${file}`)
    await page.waitForSelector('body[data-ready=true]', { timeout: 60_000 })
    await look(page, log)
  } finally {
    await browser.close()
  }
}

describe.skipIf(!executablePath)('a report in a browser', () => {
  it('draws offline from one file, sends no request, runs no injected markup and shows no cloud button', () =>
    open(30, async (page, { requests, complaints }) => {
      expect(complaints).toEqual([])
      expect(requests).toEqual([expect.stringMatching(/^file:/)])
      expect(await page.locator('#plot .scatterlayer .trace').count()).toBe(6)
      expect(await page.locator('.legendtext').allTextContents()).toEqual([
        'tp1 x64',
        'tp2 x32',
        'tp4 x16',
        'tp8 x8',
        'front',
        'recommended',
      ])
      expect(await page.locator('.modebar-btn[data-title*="loud" i], .modebar-btn[data-title*="hart studio" i]').count()).toBe(0)
      expect(await page.locator('h1').textContent()).toContain('<script>alert(1)</script>')
    }))

  it('shows a plan on hover and changes its axes', () =>
    open(30, async (page) => {
      const point = page.locator('#plot .scatterlayer .points path').first()
      const box = await point.boundingBox()
      if (box === null) throw new Error('no point was drawn')
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
      await page.waitForSelector('.hoverlayer .hovertext')
      expect(await page.locator('.hoverlayer').textContent()).toMatch(/h100-sxm:r\d+\.pp1.*ttft_ms/)
      await page.selectOption('#x-axis', 'ttft_ms')
      await expect.poll(() => page.locator('.xtitle').textContent()).toContain('ttft_ms')
      await page.check('#feasible-only')
      await expect.poll(() => page.locator('#plot .scatterlayer .points path').count()).toBeLessThan(120)
    }))

  it('draws 100,000 plans by WebGL, in at most 9 MB', () =>
    open(25_000, async (page, { complaints }) => {
      expect(complaints).toEqual([])
      expect((await page.content()).length).toBeLessThan(9e6)
      expect(await page.locator('.no-webgl').count()).toBe(0)
      expect(await page.locator('#plot canvas').count()).toBeGreaterThan(0)
    }))
})

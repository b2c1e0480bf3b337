import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { loadPageAssets } from '../../reports/assets.ts'
import { reportPage } from '../../reports/page.ts'
import { sampleReport } from '../reports/sample.ts'
import { executablePath, openReport, type PageLog } from './browser.ts'

const folder = mkdtempSync(join(tmpdir(), 'fleetfront-page-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A page of so many plans, opened offline. */
async function open(batches: number, look: (page: Page, log: PageLog) => Promise<void>) {
  const file = join(folder, `report-${batches}.html`)
  writeFileSync(file, await reportPage(sampleReport(batches), loadPageAssets()))
  await openReport(file, look)
}

describe.skipIf(!executablePath)('a report in a browser', () => {
  it('draws offline from one file, sends no request, runs no injected markup and shows no cloud button', () =>
    open(30, async (page, { requests, complaints }) => {
      expect(complaints).toEqual([])
      expect(requests).toEqual([expect.stringMatching(/^file:/)])
      expect(await page.locator('#plot .scatterlayer .trace').count()).toBe(7)
      expect(await page.locator('.legendtext').allTextContents()).toEqual([
        'tp1 x64',
        'tp2 x32',
        'tp4 x16',
        'tp8 x8',
        '80 % bands of the front',
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

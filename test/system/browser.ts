import { chromium, type Page } from 'playwright-core'
import { needs } from '../needs.ts'

/** Chromium, where there is one. */
export const executablePath = needs('chromium')

const args = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-background-networking']

/** What a page did beside showing itself. */
export interface PageLog {
  readonly requests: readonly string[]
  readonly complaints: readonly string[]
}

interface View {
  readonly viewport: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
  /** What is there once the page is drawn. */
  readonly ready: string
}

/** Opens a report offline and hands the page over once it is drawn, with every request and complaint it made. */
export async function openReport(file: string, look: (page: Page, log: PageLog) => Promise<void>): Promise<void> {
  await openPage(file, { viewport: { width: 1400, height: 1000 }, ready: 'body[data-ready=true]' }, look)
}

/** The same for any page. */
export async function openPage(file: string, view: View, look: (page: Page, log: PageLog) => Promise<void>): Promise<void> {
  const { viewport, colorScheme = 'light', ready } = view
  const browser = await chromium.launch({ executablePath, args })
  try {
    const context = await browser.newContext({ offline: true, viewport, colorScheme })
    const page = await context.newPage()
    const log = { requests: [] as string[], complaints: [] as string[] }
    page.on('request', (r) => log.requests.push(r.url()))
    page.on('pageerror', (e) => log.complaints.push(e.message))
    page.on('dialog', (d) => log.complaints.push(`dialog ${d.message()}`))
    page.on('console', (m) => (m.type() === 'error' ? log.complaints.push(m.text()) : undefined))
    await page.goto(`file://${file}`)
    await page.waitForSelector(ready, { timeout: 60_000 })
    await look(page, log)
  } finally {
    await browser.close()
  }
}

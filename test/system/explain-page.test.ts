import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { explainPage } from '../../reports/explain/page.ts'
import { type SampleName, sampleExplanation } from '../reports/explain/sample.ts'
import { executablePath, openPage } from './browser.ts'

const folder = mkdtempSync(join(tmpdir(), 'fleetfront-explain-'))
afterAll(() => rmSync(folder, { recursive: true }))

const screen = { width: 1280, height: 900 }

/** Questions of the issue, the card that answers each, and what the answer says. */
const questions: readonly (readonly [id: string, question: RegExp, answer: RegExp])[] = [
  ['slowest', /slowest op, and why/i, /decode step[\s\S]*%[\s\S]*(compute|memory|communication|overhead)-bound: [\s\S]*prefill step/i],
  ['communicates', /what communicates where/i, /decode step[\s\S]*(all-reduce|all-to-all)[\s\S]* x\d+, [\s\S]*(us|ms| s)\b/i],
  ['helps', /what would help most/i, /TTFT\s+\S[\s\S]* %\s+TPOT\s+\S[\s\S]* %\s+tokens\/s per GPU\s+\S[\s\S]* %/i],
  ['binds', /which memory term binds/i, /(weights|KV cache|activations) [\d.]+ GiB/i],
]

const names: readonly SampleName[] = [
  'deepseek-v3 at TP8',
  'deepseek-v3 at TP8 x EP8 x PP2',
  'deepseek-v3 at EP64 with attention DP',
  '405B at PP2 x TP8',
  'deepseek-v3 with DCP at 128k',
  'gemma-3-27b at PP4',
]

/** Texts of the drawings that stick out of what they belong to, and nodes that overlap, as a browser lays them out. */
function misplaced(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const inside = (a: DOMRect, b: DOMRect) =>
      a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1
    const apart = (a: DOMRect, b: DOMRect) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top
    const found: string[] = []
    for (const svg of document.querySelectorAll('svg.graph')) {
      const nodes = [...svg.querySelectorAll('.op')].map((node) => ({
        node,
        box: (node.querySelector('.body') as Element).getBoundingClientRect(),
      }))
      for (const [i, { node, box }] of nodes.entries()) {
        const texts = [...node.querySelectorAll('text')].map((text) => ({ text, box: text.getBoundingClientRect() }))
        for (const { text, box: own } of texts) if (!inside(own, box)) found.push(`${text.textContent} leaves its node`)
        for (const [k, one] of texts.entries()) {
          for (const other of texts.slice(k + 1)) {
            const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left)
            const sameLine = Math.abs(one.box.top - other.box.top) < 4
            if (across > 0 && sameLine) found.push(`${one.text.textContent} meets ${other.text.textContent}`)
          }
        }
        for (const other of nodes.slice(i + 1)) if (!apart(box, other.box)) found.push(`${node.textContent} overlaps another node`)
      }
      for (const group of svg.querySelectorAll('.segment, .stage')) {
        const box = (group.querySelector('rect') as Element).getBoundingClientRect()
        for (const text of group.querySelectorAll('text')) {
          if (!inside(text.getBoundingClientRect(), box)) found.push(`${text.textContent} leaves its box`)
        }
      }
    }
    for (const block of document.querySelectorAll('svg.timeline .block')) {
      const box = (block.querySelector('rect') as Element).getBoundingClientRect()
      for (const text of block.querySelectorAll('text')) {
        if (!inside(text.getBoundingClientRect(), box)) found.push(`${text.textContent} leaves its block`)
      }
    }
    return found
  })
}

describe.skipIf(!executablePath).each(names)('the explanation of %s in a browser', (name) => {
  const file = join(folder, `${name.replace(/\W/g, '-')}.html`)
  const { plan, explanation } = sampleExplanation(name)
  writeFileSync(file, explainPage({ title: name, plan, facts: [['model', name]], notes: [], explanation }))

  it('answers the four questions on the first screen, sends no request and complains of nothing', () =>
    openPage(file, { viewport: screen, ready: '#binds' }, async (page, { requests, complaints }) => {
      for (const [id, question, answer] of questions) {
        const card = page.locator(`#${id}`)
        const [text] = await card.allInnerTexts()
        expect(text).toMatch(question)
        expect(text).toMatch(answer)
        const box = await card.boundingBox()
        expect(box).not.toBeNull()
        expect((box?.y ?? 0) + (box?.height ?? 1e9)).toBeLessThanOrEqual(screen.height)
        expect((box?.x ?? 0) + (box?.width ?? 1e9)).toBeLessThanOrEqual(screen.width)
      }
      expect(complaints).toEqual([])
      expect(requests).toEqual([expect.stringMatching(/^file:/)])
    }))

  it('keeps every text inside its node or block, nodes apart and the page no wider than the screen, in the dark too', () =>
    openPage(file, { viewport: screen, colorScheme: 'dark', ready: '#binds' }, async (page) => {
      expect(await page.locator('svg.graph .op .body').count()).toBeGreaterThan(20)
      expect(await page.locator('svg.timeline .block text').count()).toBeGreaterThan(4)
      expect(await misplaced(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(screen.width)
    }))
})

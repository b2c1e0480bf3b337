import { describe, expect, it } from 'vitest'
import { sources } from './tree.ts'

const lines = sources()
  .filter((s) => !s.path.startsWith('test/'))
  .map((s) => ({ path: s.path, lines: s.text.split('\n').length - 1 }))
  .sort((a, b) => a.lines - b.lines)

const at = (share: number) => lines[Math.min(lines.length - 1, Math.floor(share * lines.length))].lines

describe('source files', () => {
  it('are never longer than 300 lines', () => {
    expect(lines.filter((f) => f.lines > 300)).toEqual([])
  })

  it('have at most 80 lines in the median and 200 at the 90th percentile', () => {
    expect(at(0.5)).toBeLessThanOrEqual(80)
    expect(at(0.9)).toBeLessThanOrEqual(200)
  })

  it('contain no default export, enum, suppressed type error or unfinished marker', () => {
    const loose = /export default|\benum\s+\w+\s*\{|@ts-(ignore|nocheck|expect-error)|\bas any\b|\b(TODO|FIXME|XXX|HACK)\b|\.(skip|only)\(/
    const own = ['test/structure/budgets.test.ts', 'vitest.config.ts']
    expect(
      sources()
        .filter((s) => !own.includes(s.path) && loose.test(s.text))
        .map((s) => s.path),
    ).toEqual([])
  })
})

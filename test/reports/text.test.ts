import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { completionScript, shells } from '../../reports/completion.ts'
import { printGrouped, printNumber } from '../../reports/number.ts'
import { printCount, progressLine, reporter } from '../../reports/progress.ts'
import { printTable } from '../../reports/table.ts'

describe('numbers', () => {
  it('are printed with significant digits and grouped by thousands', () => {
    expect([printNumber(1234.5678, 5), printNumber(0.00012345, 2), printNumber(60, 6)]).toEqual(['1234.6', '0.00012', '60'])
    expect([printGrouped(1), printGrouped(1234567), printGrouped(123456)]).toEqual(['1', '1,234,567', '123,456'])
    expect([printCount(12), printCount(1234), printCount(5.6e9)]).toEqual(['12', '1.23 k', '5.6 G'])
  })
})

describe('a table', () => {
  it('aligns numbers to the right and leaves no trailing blanks', () => {
    const header = [
      { heading: 'name', align: 'left' },
      { heading: 'n', align: 'right' },
      { heading: 'note', align: 'left' },
    ] as const
    expect(
      printTable(header, [
        ['a', '1', 'x'],
        ['bcdefg', '200', ''],
      ]),
    ).toBe('name      n  note\na         1  x\nbcdefg  200')
  })
})

describe('progress', () => {
  it('shows the share, the rate and the time left', () => {
    expect(progressLine({ done: 25, total: 100, elapsed: 5 })).toBe('[######..................]  25 %  25 plans  5/s  ETA 15 s')
  })

  it('prints nothing when quiet, a line every few seconds in a log, one redrawn line on a terminal', () => {
    const run = (terminal: boolean, quiet: boolean) => {
      const seen: string[] = []
      const shown = reporter({ err: (text) => void seen.push(text), terminal }, quiet)
      for (let second = 0; second <= 12; second++) shown.show({ done: second, total: 12, elapsed: second })
      shown.end()
      return seen
    }
    expect(run(false, true)).toEqual([])
    expect(run(false, false).map((l) => l.endsWith('\n'))).toEqual([true, true])
    expect(run(true, false)).toHaveLength(14)
    expect(run(true, false).join('')).not.toContain('\n')
  })
})

describe('completion', () => {
  const commands = [{ name: 'sweep', summary: "search a study's space: all of it", flags: ['--out', '--json'], words: [] }]

  it('has a script for each shell that names commands and flags', () => {
    for (const shell of shells) expect(completionScript(shell, 'fleetfront', commands)).toMatch(/sweep[\s\S]*out/)
  })

  it('gives bash a script that it can run and that offers the flags of a command', () => {
    const script = `${completionScript('bash', 'fleetfront', commands)}
COMP_WORDS=(fleetfront sweep --o) COMP_CWORD=2; _fleetfront; echo "\${COMPREPLY[@]}"`
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim()).toBe('--out')
  })
})

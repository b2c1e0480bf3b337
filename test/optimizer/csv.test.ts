import { describe, expect, it } from 'vitest'
import { readCsv } from '../../optimizer/csv.ts'
import { InputError } from '../../spaces/issue.ts'
import { emptyFolder, write } from '../e2e/run.ts'

const read = (text: string) => readCsv(write(emptyFolder(), 'rows.csv', text))

describe('a CSV file', () => {
  it('may quote fields with commas, quotes and line breaks, end lines either way, and begin with a mark', () => {
    const { header, rows } = read('\uFEFFa, b\r\n"x,1","say ""no"""\r\n\r\n"two\nlines",\n1,2')
    expect(header).toEqual(['a', 'b'])
    expect(rows).toEqual([
      { line: 2, fields: ['x,1', 'say "no"'] },
      { line: 4, fields: ['two\nlines', ''] },
      { line: 6, fields: ['1', '2'] },
    ])
  })

  it('names the line of a row that is too long or too short, and of a quote that nobody closes', () => {
    const problem = (text: string) => {
      try {
        read(text)
      } catch (error) {
        if (error instanceof InputError) return [error.issues[0]!.line, error.issues[0]!.message]
      }
      return undefined
    }
    expect(problem('a,b\n1,2\n3\n')).toEqual([3, '1 fields where the first line has 2'])
    expect(problem('a,b\n1,"2\n3,4\n')).toEqual([2, 'a quote is not closed, or stands inside a field'])
    expect(problem('a,b\n1,x"y\n')).toEqual([2, 'a quote is not closed, or stands inside a field'])
    expect(problem('')).toEqual([undefined, 'is empty'])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnOf } from '../../../optimizer/trace/columns.ts'
import { linesOf } from '../../../optimizer/trace/lines.ts'

describe('lines of a text in pieces', () => {
  it('are the same wherever it is cut, numbered from 1, with what ended them', () => {
    const text = '\uFEFFone\r\n\ntwo\nthree'
    const lines = [...linesOf([text])]
    expect(lines).toEqual([
      { text: 'one', number: 1, end: 'CRLF' },
      { text: '', number: 2, end: 'LF' },
      { text: 'two', number: 3, end: 'LF' },
      { text: 'three', number: 4, end: 'none' },
    ])
    const cuts = fc.array(fc.nat(text.length), { maxLength: 8 })
    fc.assert(
      fc.property(cuts, (at) => {
        const ends = [0, ...at.toSorted((a, b) => a - b), text.length]
        const pieces = ends.slice(1).map((end, i) => text.slice(ends[i], end))
        expect([...linesOf(pieces)]).toEqual(lines)
      }),
      { seed: 3 },
    )
  })
})

describe('a column', () => {
  it('holds what was pushed, however much', () => {
    const column = columnOf(Int32Array)
    for (let i = 0; i < 5000; i++) column.push(i)
    expect(column.done()).toEqual(Int32Array.from({ length: 5000 }, (_, i) => i))
  })
})

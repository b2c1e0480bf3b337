/** A line of a file, from 1, without its end; and what ended it: nothing at the end of a file that was cut off. */
export interface Line {
  readonly text: string
  readonly number: number
  readonly end: 'LF' | 'CRLF' | 'none'
}

/** Lines of a text that comes in pieces. A mark of UTF-8 at its beginning is none of it. */
export function* linesOf(chunks: Iterable<string>): Generator<Line> {
  let [rest, number] = ['', 0]
  for (const chunk of chunks) {
    const text = rest + (number === 0 && rest === '' ? chunk.replace(/^\uFEFF/, '') : chunk)
    let from = 0
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      const crlf = at > from && text[at - 1] === '\r'
      yield { text: text.slice(from, crlf ? at - 1 : at), number: ++number, end: crlf ? 'CRLF' : 'LF' }
      from = at + 1
    }
    rest = text.slice(from)
  }
  if (rest !== '') yield { text: rest, number: ++number, end: 'none' }
}

/** Columns of a terminal that lines are meant for. */
const width = 120

/** A line cut between words into lines that fit, those after the first indented. Blanks inside stay. */
export function wrapped(line: string, indent: number): readonly string[] {
  const lines: string[] = []
  let rest = line
  while (rest.length > width) {
    const cut = rest.lastIndexOf(' ', width)
    if (cut <= indent) break
    lines.push(rest.slice(0, cut).trimEnd())
    rest = `${' '.repeat(indent)}${rest.slice(cut + 1)}`
  }
  return [...lines, rest]
}

import { describe, expect, it } from 'vitest'
import { graphDot } from '../../../reports/explain/dot.ts'
import { drawnEdges, drawnStages } from '../../../reports/explain/drawn.ts'
import { graphMermaid } from '../../../reports/explain/mermaid.ts'
import { hostile, sampleExplanation } from './sample.ts'

const explanations = (['deepseek-v3 at TP8 x EP8 x PP2', 'deepseek-v3 at EP64 with attention DP', 'gemma-3-27b at PP4'] as const).map(
  (name) => sampleExplanation(name).explanation,
)
const all = [...explanations, ...explanations.map(hostile)]

const quoted = '"((?:[^"\\\\]|\\\\.)*)"'
/** What a line of a DOT graph may be: a statement whose texts are whole quoted strings. */
const dotLines = [
  new RegExp(`^(digraph|subgraph) ${quoted} \\{$`),
  /^\}$/,
  new RegExp(`^(rankdir=TB|fontname=${quoted}|label=${quoted}|node \\[.*\\])$`),
  new RegExp(`^${quoted} \\[(?:\\w+=(?:${quoted}|[\\w.]+)(?:, )?)+\\]$`),
  new RegExp(`^${quoted} -> ${quoted} \\[(?:\\w+=(?:${quoted}|[\\w.]+)(?:, )?)+\\]$`),
]

const mermaidLines = [
  /^flowchart TB$/,
  /^subgraph \w+ \["[^"<>`]*"\]$/,
  /^end$/,
  /^\w+(\["(?:[^"<>`]|<br\/>)*"\]|\{\{"(?:[^"<>`]|<br\/>)*"\}\}|\(\["(?:[^"<>`]|<br\/>)*"\]\)):::\w+$/,
  /^\w+ (-->|==>|-\.->) \w+$/,
  /^classDef \w+ [\w#:,]+$/,
]

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim())
const edgesOf = ({ phases }: (typeof all)[number]) => phases.reduce((sum, phase) => sum + drawnEdges(drawnStages(phase)).length, 0)

describe.each(all.map((explanation, i) => ({ i, explanation })))('exports of graph $i', ({ explanation }) => {
  it('in DOT are well-formed statements in balanced clusters, with edges between declared nodes', () => {
    const lines = linesOf(graphDot(explanation, 'a "study" of \\ and\nmore'))
    expect(lines.filter((line) => !dotLines.some((form) => form.test(line)))).toEqual([])
    expect(lines.filter((line) => line.endsWith('{')).length).toBe(lines.filter((line) => line === '}').length)
    const nodes = new Set(lines.flatMap((line) => new RegExp(`^${quoted} \\[`).exec(line)?.[1] ?? []))
    const edges = lines.flatMap((line) => [new RegExp(`^${quoted} -> ${quoted}`).exec(line)].filter((m) => m !== null))
    expect(edges.length).toBe(edgesOf(explanation))
    for (const [, from, to] of edges) expect([nodes.has(from), nodes.has(to)]).toEqual([true, true])
  })

  it('in Mermaid are well-formed statements in closed subgraphs, with edges between declared nodes and known classes', () => {
    const lines = linesOf(graphMermaid(explanation))
    expect(lines.filter((line) => !mermaidLines.some((form) => form.test(line)))).toEqual([])
    expect(lines.filter((line) => line.startsWith('subgraph')).length).toBe(lines.filter((line) => line === 'end').length)
    const nodes = new Set(lines.flatMap((line) => /^(\w+)[[{(].*:::\w+$/.exec(line)?.[1] ?? []))
    const classes = new Set(lines.flatMap((line) => /^classDef (\w+)/.exec(line)?.[1] ?? []))
    const edges = lines.flatMap((line) =>
      [/^(\w+) \S+ (\w+)$/.exec(line)].filter((m) => m !== null && m[1] !== 'classDef' && m[1] !== 'subgraph'),
    )
    expect(edges.length).toBe(edgesOf(explanation))
    for (const edge of edges) expect([nodes.has(edge?.[1] ?? ''), nodes.has(edge?.[2] ?? '')]).toEqual([true, true])
    for (const line of lines) {
      const used = /:::(\w+)$/.exec(line)?.[1]
      if (used !== undefined) expect(classes).toContain(used)
    }
  })
})

import type { Explanation } from '../../cost-model/explain/explanation.ts'
import { time } from '../explain-text/quantity.ts'
import { type DrawnOp, type DrawnStage, drawnEdges, drawnStages, segmentLabel } from './drawn.ts'
import { describeExchange, printShare } from './words.ts'

/** The op graphs of both phases in Graphviz' DOT language: a cluster per phase, stage and segment, edges by why. */
export function graphDot({ phases }: Pick<Explanation, 'phases'>, title: string): string {
  const clusters = phases.flatMap((phase) => {
    const stages = drawnStages(phase)
    const id = (name: string) => quote(`${phase.phase}/${name}`)
    const edges = drawnEdges(stages).map(({ from, to, why, critical }) => `${id(from)} -> ${id(to)} [${edgeStyle(why, critical)}]`)
    const label = `${phase.phase}: ${time(phase.seconds)}`
    return cluster(phase.phase, label, [...stages.flatMap((stage) => stageLines(phase.phase, stage, id)), ...edges])
  })
  const head = ['rankdir=TB', 'fontname="Helvetica"', 'node [fontname="Helvetica", fontsize=10, style=filled, shape=box]']
  return `${[`digraph ${quote(title)} {`, ...indent([...head, ...clusters]), '}'].join('\n')}\n`
}

function stageLines(phase: string, { id: stage, title, count, segments }: DrawnStage, id: (name: string) => string): readonly string[] {
  const alike = count > 1 ? ` x ${count}` : ''
  const inside = segments.flatMap((segment) =>
    cluster(
      `${phase}/${segment.id}`,
      segmentLabel(segment),
      segment.ops.map((op) => opLine(op, id)),
    ),
  )
  return cluster(`${phase}/${stage}`, `${title}${alike}`, inside)
}

/** Names that begin with `cluster` make Graphviz draw a box. */
function cluster(name: string, label: string, lines: readonly string[]): readonly string[] {
  return [`subgraph ${quote(`cluster_${name}`)} {`, ...indent([`label=${quote(label)}`, ...lines]), '}']
}

/** Pale, so that black text reads on them. */
const fills = { compute: '#cfe3f3', memory: '#cdebdf', communication: '#f8dfc6', overhead: '#e7eaee' } as const

function opLine({ id: name, op, share }: DrawnOp, id: (name: string) => string): string {
  const label = [op.name, describeExchange(op), `${time(op.seconds)}, ${printShare(share)}`, op.bound]
  const shape = op.lane === 'network' ? 'shape=octagon, ' : ''
  const style = op.kind === 'route' || op.kind === 'kv-update' ? 'style="filled,dashed", ' : ''
  const border = op.critical ? ', color="#c01048", penwidth=2' : ''
  return `${id(name)} [${shape}${style}fillcolor="${fills[op.bound]}"${border}, label=${quote(label.join('\n'))}]`
}

function edgeStyle(why: string, critical: boolean): string {
  const style = why === 'sync' ? ', style=dotted' : why === 'pipeline' ? ', penwidth=3' : ''
  return `tooltip=${why}${style}${critical ? ', color="#c01048"' : ''}`
}

/** A quoted identifier: in DOT only quotes, and the backslashes that start an escape, are special. */
function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`)
}

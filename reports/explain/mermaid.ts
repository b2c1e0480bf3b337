import type { Explanation } from '../../cost-model/explain/explanation.ts'
import { time } from '../explain-text/quantity.ts'
import { type DrawnOp, drawnEdges, drawnStages, segmentLabel } from './drawn.ts'
import { describeExchange, printShare } from './words.ts'

/** The op graphs of both phases as one Mermaid flowchart: a subgraph per stage and segment, edges by why. */
export function graphMermaid({ phases }: Pick<Explanation, 'phases'>): string {
  const body = phases.flatMap((phase) => {
    const stages = drawnStages(phase)
    const numbers = new Map(stages.flatMap((s) => s.segments.flatMap(({ ops }) => ops)).map(({ id }, i) => [id, i]))
    // `end` and the like are words of the language, so ops go by number.
    const name = (id: string) => `${phase.phase}${numbers.get(id)}`
    const boxes = stages.flatMap(({ id, title, count, segments }) => {
      const inside = segments.flatMap((segment) => {
        const ops = segment.ops.map((op) => opLine(op, name(op.id)))
        return subgraph(`${phase.phase}/${segment.id}`, segmentLabel(segment), ops)
      })
      return subgraph(`${phase.phase}/${id}`, `${phase.phase}, ${title}${count > 1 ? ` x ${count}` : ''}`, inside)
    })
    return [...boxes, ...drawnEdges(stages).map(({ from, to, why }) => `${name(from)} ${arrows[why]} ${name(to)}`)]
  })
  return `${['flowchart TB', ...[...body, ...classes].map((line) => `  ${line}`)].join('\n')}\n`
}

const arrows = { data: '-->', pipeline: '==>', sync: '-.->' } as const

const classes = [
  'classDef compute fill:#cfe3f3,stroke:#0072b2,color:#000',
  'classDef memory fill:#cdebdf,stroke:#00805d,color:#000',
  'classDef communication fill:#f8dfc6,stroke:#b3560a,color:#000',
  'classDef overhead fill:#e7eaee,stroke:#6e7781,color:#000',
] as const

function subgraph(id: string, label: string, lines: readonly string[]): readonly string[] {
  return [`subgraph ${id.replace(/\W/g, '_')} ["${entities(label)}"]`, ...lines.map((line) => `  ${line}`), 'end']
}

function opLine({ op, share }: DrawnOp, id: string): string {
  const lines = [op.name, describeExchange(op), `${time(op.seconds)}, ${printShare(share)}${op.critical ? ', critical' : ''}`]
  const text = `"${lines.map(entities).join('<br/>')}"`
  const [open, close] = op.lane === 'network' ? ['{{', '}}'] : op.kind === 'route' || op.kind === 'kv-update' ? ['([', '])'] : ['[', ']']
  return `${id}${open}${text}${close}:::${op.bound}`
}

/** Mermaid's own entity codes: `#` begins one, quotes end the text, angle brackets would be markup. */
function entities(text: string): string {
  return text.replace(/[#"<>&`\\]/g, (c) => `#${c.charCodeAt(0)};`)
}

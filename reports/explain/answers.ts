import { columns } from '../../cost-model/column.ts'
import type { Explanation, MemoryStage, OpExplanation, PhaseExplanation } from '../../cost-model/explain/explanation.ts'
import { memoryKinds } from '../explain-text/memory.ts'
import { distinctSegments, opsBySize } from '../explain-text/phase-ops.ts'
import { flop, time, traffic } from '../explain-text/quantity.ts'
import { describeExchange, printShare } from './words.ts'

/** All runs of the ops of one name, whatever the layer and the stage; `op` is the one of them that takes longest. */
interface Total {
  readonly op: OpExplanation
  readonly seconds: number
  readonly share: number
}

/** Ops of a phase, each once: a share covers all stages and repeats already. */
function distinctOps(phase: PhaseExplanation): readonly OpExplanation[] {
  return distinctSegments(phase).flatMap(({ ops }) => ops)
}

/** What takes most of a phase. */
export function slowestOp(phase: PhaseExplanation): Total {
  const found = new Map<string, Total>()
  for (const op of distinctOps(phase)) {
    const sofar = found.get(op.name)
    const share = op.share + (sofar?.share ?? 0)
    const longest = sofar !== undefined && sofar.op.share > op.share ? sofar.op : op
    found.set(op.name, { op: longest, seconds: share * phase.seconds, share })
  }
  return [...found.values()].reduce((most, total) => (total.share > most.share ? total : most))
}

/** Why an op takes as long as it does, in numbers of one run. */
export function whySlow(op: OpExplanation): string {
  const { bound, efficiency, flops, read, write, sent, floor, seconds, exchange } = op
  switch (bound) {
    case 'communication':
      return `${exchange === undefined ? 'a link' : exchange.link} carries ${traffic(sent)} from each rank in ${time(seconds)}`
    case 'overhead':
      return `${time(floor)} of its ${time(seconds)} is the floor of an empty kernel`
    case 'memory':
      return `${traffic(read + write)} of HBM traffic in ${time(seconds)}${efficiency === undefined ? '' : `, at ${printShare(efficiency.memory)} of peak bandwidth`}`
    case 'compute':
      return `${flop(flops)} in ${time(seconds)}${efficiency === undefined ? '' : `, at ${printShare(efficiency.compute)} of the ${efficiency.math} peak`}`
  }
}

export interface Exchange {
  /** `all-reduce tp x8, NVLink` */
  readonly what: string
  readonly seconds: number
  readonly share: number
  /** Seconds beside the critical path. */
  readonly hidden: number
}

/** What a phase sends, by kind, ranks and link; the longest first. */
export function exchanges(phase: PhaseExplanation): readonly Exchange[] {
  const found = new Map<string, Exchange>()
  for (const { op, total, hidden } of opsBySize(phase)) {
    if (op.exchange === undefined) continue
    const what = describeExchange(op)
    const { seconds, share, hidden: before } = found.get(what) ?? { seconds: 0, share: 0, hidden: 0 }
    found.set(what, { what, seconds: seconds + total, share: share + op.share, hidden: before + hidden })
  }
  return [...found.values()].toSorted((a, b) => b.seconds - a.seconds)
}

type HelpColumn = keyof Explanation['whatHelps'][number]['changes']

/** Columns that `whatHelps` tells about, and what people call them. */
export const helpColumns: readonly { readonly name: HelpColumn; readonly title: string; readonly sign: 1 | -1 }[] = (
  [
    ['ttft_ms', 'TTFT'],
    ['tpot_ms', 'TPOT'],
    ['out_tok_s_per_gpu', 'tokens/s per GPU'],
  ] as const
).map(([name, title]) => ({ name, title, sign: columns.find((c) => c.name === name)?.better === 'high' ? 1 : -1 }))

/** What improves a column most; undefined where nothing does. */
export function bestHelp({ whatHelps }: Pick<Explanation, 'whatHelps'>, column: HelpColumn, sign: 1 | -1) {
  const helping = whatHelps.flatMap(({ name, changes }) => {
    const change = changes[column]
    return change !== undefined && sign * change > 0 ? [{ name, change }] : []
  })
  return helping.toSorted((a, b) => sign * (b.change - a.change)).at(0)
}

/** What people call a kind of memory. */
export const memoryNames = Object.fromEntries(memoryKinds) as Readonly<Record<keyof MemoryStage['terms'], string>>

/** Bytes of all kinds on a GPU. */
export function usedBytes(terms: Explanation['memory']['stages'][number]['terms']): number {
  return Object.values(terms).reduce((sum, bytes) => sum + bytes, 0)
}

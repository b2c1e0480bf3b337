import type { MemoryExplanation, MemoryStage } from '../../cost-model/explain/explanation.ts'
import { printNumber } from '../number.ts'
import { printTable, type TableColumn } from '../table.ts'
import { memory, percent } from './quantity.ts'
import { wrapped } from './wrap.ts'

/** Kinds of memory and what people call them, in the order that they are shown. */
export const memoryKinds: readonly (readonly [keyof MemoryStage['terms'], string])[] = [
  ['weights', 'weights'],
  ['kv', 'KV cache'],
  ['state', 'state'],
  ['activations', 'activations'],
  ['graphs', 'CUDA graphs'],
  ['nonTorch', 'contexts, NCCL'],
  ['communication', 'comm buffers'],
  ['reserve', 'kept free'],
]

/** Bytes of a GPU by kind, of the fullest stage or of every one, and the term that binds. */
export function memoryLines(explained: MemoryExplanation, all: boolean): readonly string[] {
  const { stages, fullest, capacity, capacityBasis, binds, verdict, headroom } = explained
  const stage = stages[fullest]!
  const of = stages.length > 1 ? ` of stage ${fullest}, the fullest` : ''
  const fill = headroom < 0 ? `${memory(-headroom)} too much for` : `${memory(headroom)} free of`
  const name = memoryKinds.find(([kind]) => kind === binds)![1]
  const share = percent(stage.terms[binds] / capacity)
  return [
    ...wrapped(
      `MEMORY of a GPU${of}: ${fill} ${memory(capacity)} (${capacityBasis}); binds: ${name}, ${memory(stage.terms[binds])}, ${share}`,
      2,
    ),
    table(all ? stages : [stage]),
    ...(verdict === null ? [room(explained)] : []),
  ]
}

function table(stages: readonly MemoryStage[]): string {
  const shown = memoryKinds.filter(([kind]) => stages.some(({ terms }) => terms[kind] > 0))
  const header: readonly TableColumn[] = [
    { heading: '', align: 'left' },
    ...shown.map(([, heading]) => ({ heading, align: 'right' as const })),
  ]
  return printTable(
    header,
    stages.map(({ stage, layers, terms }) => [`stage ${stage}, ${layers} layers`, ...shown.map(([kind]) => memory(terms[kind]))]),
  )
}

function room({ kvCapacityTokens, largestBatch }: MemoryExplanation): string {
  const whole = (value: number) => (Number.isFinite(value) ? printNumber(value, 4) : 'any number of')
  return `a replica holds ${whole(kvCapacityTokens)} tokens of KV: ${whole(largestBatch)} requests at full length`
}

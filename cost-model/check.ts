import type { Graph, Op, Segment } from './graph.ts'
import { type Place, refine, samePlacement, showPlacement } from './mesh.ts'

/** The first edge of a graph that breaks a rule; `from` is the producer, `to` the consumer. */
export interface BadEdge {
  readonly segment: string
  readonly from: string
  readonly to: string
  readonly why: string
}

const input = '(input)'

/**
 * The first offending edge, or undefined. An op may name only earlier ops of its segment; what it takes must lie on the ranks as its
 * producer left it; only a collective may bring data to a rank that lacks it; a pipeline stage is entered by a send, forwards only; the
 * layers of the model follow each other.
 */
export function check(graph: Graph): BadEdge | undefined {
  let previous: Segment | undefined
  let layers = 0
  for (const segment of graph.segments) {
    const bad = checkHop(segment, previous) ?? checkLayers(segment, previous, graph.layers[layers]) ?? checkSegment(segment)
    if (bad) return bad
    if (segment.layer !== undefined) layers += segment.repeat
    previous = segment
  }
  const last = previous?.stage ?? -1
  if (last !== graph.stages - 1) return edge(previous, 'end', `ends in stage ${last} of ${graph.stages}`)
  const all = graph.layers.length
  return layers === all ? undefined : edge(previous, 'end', `ends behind ${layers} of ${all} layers`)
}

function checkLayers(segment: Segment, previous: Segment | undefined, due: number | undefined): BadEdge | undefined {
  const { layer, ops, name } = segment
  if (layer === undefined || layer === due) return undefined
  const why = `layer ${layer} where ${due === undefined ? 'none' : `layer ${due}`} is due`
  return { segment: name, from: previous?.ops.at(-1)?.name ?? input, to: ops[0]?.name ?? input, why }
}

function checkHop(segment: Segment, previous: Segment | undefined): BadEdge | undefined {
  const first = segment.ops[0]
  if (first === undefined) return edge(segment, input, 'has no ops')
  const stage = previous?.stage ?? 0
  const from = previous?.ops.at(-1)
  const hop = segment.stage - stage
  if (hop < 0 || hop > 1)
    return { segment: segment.name, from: from?.name ?? input, to: first.name, why: `stage ${stage} to ${segment.stage}` }
  if (hop === 1 && first.kind !== 'send')
    return { segment: segment.name, from: from?.name ?? input, to: first.name, why: 'enters a stage without a send' }
  const before = [from, segment.repeat > 1 ? segment.ops.at(-1) : undefined].filter((op) => op !== undefined)
  const broken = before.find((op) => !samePlacement(op.out, first.in))
  return broken && mismatch(segment, broken, first)
}

function checkSegment(segment: Segment): BadEdge | undefined {
  const seen = new Map<string, Op>()
  for (const op of segment.ops) {
    if (seen.has(op.name)) return edge(segment, op.name, 'the name is taken')
    if (op.after.length === 0 && seen.size > 0) return edge(segment, op.name, 'waits for nothing')
    for (const { op: name } of op.after) {
      const producer = seen.get(name)
      if (producer === undefined) return { segment: segment.name, from: name, to: op.name, why: 'is not an earlier op' }
      if (!samePlacement(producer.out, op.in)) return mismatch(segment, producer, op)
    }
    const wrong = unlawful(op)
    if (wrong) return edge(segment, op.name, wrong)
    seen.set(op.name, op)
  }
  return unused(segment)
}

/** Every result is used, except the last, which the next segment takes. */
function unused(segment: Segment): BadEdge | undefined {
  const used = new Set(segment.ops.flatMap((op) => op.after.map((a) => a.op)))
  const loose = segment.ops.slice(0, -1).find((op) => !used.has(op.name))
  return loose && { segment: segment.name, from: loose.name, to: '(nothing)', why: 'the result is not used' }
}

type Change = readonly [Place, Place]

const distributed: readonly Place[] = ['batch', 'sequence', 'heads', 'hidden', 'vocab']

/** How an op of each kind may change a digit. `replicated -> any` (work on one's part) is free for compute ops. */
const changes: Readonly<Record<Op['kind'], readonly Change[]>> = {
  linear: [...distributed, 'expert' as const].map((place) => [place, 'partial'] as const),
  expert: [['hidden', 'partial']],
  attention: [
    ['gathered', 'sequence'],
    ['gathered', 'heads'],
    ['context', 'unscaled'],
  ],
  pointwise: [],
  route: [],
  'kv-update': [],
  sample: [],
  'all-reduce': [['partial', 'replicated']],
  'all-gather': [
    ...distributed.map((place) => [place, 'replicated'] as const),
    ['sequence', 'gathered'],
    ['heads', 'gathered'],
    ['heads', 'context'],
    ['unscaled', 'partial'],
  ],
  'reduce-scatter': distributed.map((place) => ['partial', place] as const),
  'all-to-all': [
    ['sequence', 'heads'],
    ['heads', 'sequence'],
    ['unscaled', 'heads'],
    ['batch', 'expert'],
    ['sequence', 'expert'],
    ['expert', 'batch'],
    ['expert', 'sequence'],
  ],
  send: [
    ['sequence', 'gathered'],
    ['replicated', 'hidden'],
  ],
}

function unlawful(op: Op): string | undefined {
  const runs = refine(op.in, op.out)
  if (runs === undefined) return `${showPlacement(op.in)} and ${showPlacement(op.out)} are not the same ranks`
  const compute = op.lane === 'compute'
  for (const { from, to } of runs) {
    if (compute && (from === 'partial' || from === 'unscaled')) return `works on ${from} data`
    if (from === to || (compute && from === 'replicated')) continue
    if (!changes[op.kind].some(([p, q]) => p === from && q === to)) return `may not turn ${from} into ${to}`
  }
  return undefined
}

function edge(segment: Segment | undefined, op: string, why: string): BadEdge {
  return { segment: segment?.name ?? '(none)', from: op, to: op, why }
}

function mismatch(segment: Segment, from: Op, to: Op): BadEdge {
  return { segment: segment.name, from: from.name, to: to.name, why: `leaves ${showPlacement(from.out)}, needs ${showPlacement(to.in)}` }
}

import { z } from 'zod'
import { check } from '../../../cost-model/check.ts'
import { type Graph, isNetwork, type Op, type Phase } from '../../../cost-model/graph.ts'
import { parallelise } from '../../../cost-model/parallelise.ts'
import type { Layout, Precision } from '../../../spaces/plan.ts'
import { completeLayout } from '../../../spaces/plan-key.ts'
import { type Measure, measure } from '../measure.ts'
import { catalog } from './kv.ts'

const phases: readonly Phase[] = ['prefill', 'decode']
const precision: Precision = { weights: 'fp8', activations: 'fp8', kv: 'fp8', comm: 'bf16' }
const width = z.int().positive().default(1)

const shape = z.strictObject({
  model: z.string(),
  phase: z.enum(['prefill', 'decode']),
  pp: width,
  sp: width,
  tp: width,
  attentionDp: width,
  ep: width,
})
type Shape = z.infer<typeof shape>

function layoutOf({ pp, sp, tp, attentionDp, ep }: Omit<Shape, 'model' | 'phase'>, replicas = 1): Layout {
  const moeTp = ep > 1 ? 1 : attentionDp * sp * tp
  const spKind = sp > 1 ? ('ring' as const) : undefined
  return completeLayout({ replicas, pp, attentionDp, sp, spKind, tp, dcp: 1, ep, moeTp, moeDp: 1, redundantExperts: 0 })
}

function graphOf({ model, phase, ...widths }: Shape): Graph {
  return parallelise(catalog().model(model), layoutOf(widths), precision, phase)
}

/** The 15 combinations of TP, SP, PP and EP at width 2, each alone and with DP around and inside it. */
function combinations(model: string): readonly Graph[] {
  return Array.from({ length: 15 }, (_, i) => i + 1).flatMap((bits) =>
    [1, 2].flatMap((dp) => {
      const [tp, sp, pp, many] = [1, 2, 4, 8].map((bit) => (bits & bit ? 2 : 1)) as [number, number, number, number]
      // Experts are spread over all ranks of a stage, over two where attention uses one.
      const attentionDp = many > 1 && tp * sp * dp === 1 ? 2 : dp
      const layout = layoutOf({ pp, sp, tp, attentionDp, ep: many > 1 ? attentionDp * sp * tp : 1 }, dp)
      return phases.map((phase) => parallelise(catalog().model(model), layout, precision, phase))
    }),
  )
}

const ofModel = z.strictObject({ model: z.string() })
const ops = (graph: Graph): readonly Op[] => graph.segments.flatMap((segment) => segment.ops)
const unique = (words: readonly string[]) => [...new Set(words)].sort().join(', ')

/** Measures of the op graph: seed 001. */
export const graphMeasures: Readonly<Record<string, Measure>> = {
  'graphs built': measure(ofModel, ({ model }) => combinations(model).length),
  'graphs with a hidden exchange': measure(ofModel, ({ model }) => combinations(model).filter((graph) => check(graph)).length),
  'kinds of op': measure(ofModel.extend({ listed: z.array(z.string()) }), ({ model, listed }) => {
    const kinds = new Set<string>(combinations(model).flatMap((graph) => ops(graph).map((op) => op.kind)))
    return `${kinds.size}, ${listed.filter((kind) => kinds.has(kind)).length} of them listed`
  }),
  'kinds of edge': measure(ofModel, ({ model }) =>
    unique(combinations(model).flatMap((graph) => ops(graph).flatMap((op) => op.after.map(({ why }) => why)))),
  ),
  /** Groups from the outermost of the rank order to the innermost, by the stride of their ranks. */
  'rank order': measure(shape, (of) => {
    const groups = ops(graphOf(of))
      .filter(isNetwork)
      .map(({ group }) => group)
    const named = ['pp', 'sp', 'ep', 'tp'].flatMap((axis) => groups.find((group) => group.axis === axis) ?? [])
    return named
      .toSorted((a, b) => b.stride - a.stride)
      .map(({ axis, size, stride }) => `${axis} ${size} x ${stride}`)
      .join(' > ')
  }),
  'sends between stages': measure(
    shape,
    (of) => ops(graphOf(of)).filter(({ kind, name }) => kind === 'send' && name === 'hop.send').length,
  ),
  /** Stages that exchange tokens with experts of another stage: a collective spans no more ranks than a stage has. */
  'exchanges wider than a stage': measure(shape, (of) => {
    const gpus = of.attentionDp * of.sp * of.tp
    return ops(graphOf(of)).filter((op) => isNetwork(op) && op.group.axis !== 'pp' && op.group.size * op.group.stride > gpus).length
  }),
  'expert path': measure(shape, (of) => {
    const layer = graphOf(of).segments.find(({ ops }) => ops.some(({ kind }) => kind === 'route'))
    const path = ['route', 'all-to-all', 'expert']
    return (layer?.ops ?? [])
      .filter(({ kind }) => path.includes(kind))
      .map((op) => (op.kind === 'all-to-all' ? op.pattern : op.kind))
      .join(', ')
  }),
  'what routing waits for': measure(shape, (of) =>
    unique(ops(graphOf(of)).flatMap((op) => (op.kind === 'route' ? op.after.map(({ why }) => why) : []))),
  ),
  /** Attention ops of a step that no path leads to from the cache they read. */
  'attention without its cache': measure(
    shape,
    (of) => graphOf(of).segments.flatMap(({ ops }) => ops.filter((op) => op.kind === 'attention' && !reaches(ops, op, 'kv-update'))).length,
  ),
}

/** Whether an op waits, directly or not, for one of that kind. */
function reaches(ops: readonly Op[], op: Op, kind: Op['kind']): boolean {
  return op.after.some(({ op: name }) => {
    const before = ops.find((other) => other.name === name)
    return before !== undefined && (before.kind === kind || reaches(ops, before, kind))
  })
}

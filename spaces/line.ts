import { type Allowed, divisors, factorise } from './factorise.ts'
import type { Pool } from './fleet.ts'
import { InputError } from './issue.ts'
import { type ColocatedPlan, defaultFfnTp, type Layout, type Precision, type SequenceKind } from './plan.ts'
import { completeLayout } from './plan-key.ts'
import type { PoolAxes } from './pool-axes.ts'
import { issueAt, type Where } from './where.ts'

type AttentionView = Pick<Layout, 'attentionDp' | 'sp' | 'spKind' | 'tp' | 'dcp' | 'ffnTp'>
type ExpertView = Pick<Layout, 'ep' | 'moeTp' | 'moeDp' | 'redundantExperts'>

/** Plans of one pool with the same replicas and stages: a mixed-radix product of nine digits, the first slowest. */
export interface Block {
  readonly replicas: number
  readonly pp: number
  readonly attention: readonly AttentionView[]
  readonly experts: readonly ExpertView[]
  /** Values of each digit: attention, experts, weights, activations, kv, comm, speculation, batch, chunk. */
  readonly counts: readonly number[]
}

/** All plans of one pool: its blocks one after another. */
export interface Line {
  readonly pool: Pool
  readonly axes: PoolAxes
  readonly blocks: readonly Block[]
  /** The plan of some digits in a block. Plans with equal precisions share them, and neighbours with equal layouts. */
  planOf(block: Block, digits: readonly number[]): ColocatedPlan
}

/** Views of the stages of one pool, all together: about 100 MB. Fleets of common sizes have a few thousand. */
const mostViews = 500_000

/** Every exact factorisation of the pool. Lists exist per view, never of whole plans. InputError, at `where`, for lists too long to hold. */
export function makeLine(pool: Pool, axes: PoolAxes, where: Where = {}): Line {
  const { replicas, pp } = axes.widths
  const stages = factorise(pool.gpus, [replicas, pp, 'all'])
  let room = mostViews
  const listed = <T>(views: Iterable<T>): readonly T[] => {
    const list: T[] = []
    for (const view of views) {
      if (room === 0) throw new InputError(issueAt(where, tooManyViews(pool)))
      room--
      list.push(view)
    }
    return list
  }
  const views = new Map(
    [...new Set(stages.map(([, , stage]) => stage!))].map((stage) => {
      return [stage, { attention: listed(attentionViews(stage, axes)), experts: listed(expertViews(stage, axes)) }]
    }),
  )
  const fixed = [axes.weights, axes.activations, axes.kv, axes.comm, axes.speculation, axes.batch, axes.chunk].map((axis) => axis.size)
  const blocks = stages.map(([r, p, stage]): Block => {
    const { attention, experts } = views.get(stage!)!
    return { replicas: r!, pp: p!, attention, experts, counts: [attention.length, experts.length, ...fixed] }
  })
  return {
    pool,
    axes,
    blocks: blocks.filter(({ attention, experts }) => attention.length > 0 && experts.length > 0),
    planOf: planMaker(pool, axes),
  }
}

function tooManyViews({ id, gpus }: Pool) {
  const message = `the ${gpus} GPUs of pool "${id}" have more than ${mostViews} layouts of a stage on these axes`
  return { code: 'space-too-large', message, suggestion: 'narrow a width: sp, dcp, ffnTp or redundantExperts' }
}

function* attentionViews(stage: number, axes: PoolAxes): Generator<AttentionView> {
  const { attentionDp, sp, tp, dcp } = axes.widths
  for (const [a, s, t] of factorise(stage, [attentionDp, sp, tp])) {
    for (const spKind of kindsOf(s!, axes)) {
      for (const d of divisorsIn(t!, dcp)) {
        for (const ffnTp of ffnWidths(stage, { sp: s!, tp: t!, dcp: d }, axes)) {
          yield { attentionDp: a!, sp: s!, spKind, tp: t!, dcp: d, ffnTp }
        }
      }
    }
  }
}

function* expertViews(stage: number, axes: PoolAxes): Generator<ExpertView> {
  const { ep, moeTp, moeDp } = axes.widths
  for (const [e, t, d] of factorise(stage, [ep, moeTp, moeDp])) {
    for (const redundantExperts of axes.redundantExperts) yield { ep: e!, moeTp: t!, moeDp: d!, redundantExperts }
  }
}

function kindsOf(sp: number, { spKinds }: PoolAxes): readonly (SequenceKind | undefined)[] {
  return sp === 1 ? [undefined] : spKinds
}

function ffnWidths(stage: number, widths: Pick<Layout, 'sp' | 'tp' | 'dcp'>, { ffnTp }: PoolAxes): readonly number[] {
  return ffnTp === undefined ? [defaultFfnTp(widths)] : divisorsIn(stage, ffnTp)
}

function divisorsIn(n: number, allowed: Allowed): readonly number[] {
  return allowed === 'all' ? divisors(n) : divisors(n).filter(allowed)
}

/** Remembers the last layout, not all: memory must not grow with the space. There are few precisions. */
function planMaker(pool: Pool, axes: PoolAxes): Line['planOf'] {
  const precisions = new Map<number, Precision>()
  let last: { readonly block: Block; readonly a: number; readonly e: number; readonly layout: Layout } | undefined
  const layoutOf = (block: Block, a: number, e: number) => {
    if (last?.block !== block || last.a !== a || last.e !== e) {
      const { replicas, pp } = block
      last = { block, a, e, layout: completeLayout({ replicas, pp, ...block.attention[a]!, ...block.experts[e]! }) }
    }
    return last.layout
  }
  const precisionOf = (w: number, a: number, k: number, c: number) => {
    const { weights, activations, kv, comm } = axes
    const key = ((w * activations.size + a) * kv.size + k) * comm.size + c
    let precision = precisions.get(key)
    if (precision === undefined) {
      precision = { weights: weights.at(w), activations: activations.at(a), kv: kv.at(k), comm: comm.at(c) }
      precisions.set(key, precision)
    }
    return precision
  }
  return (block, digits) => {
    const [attention, experts, w, a, k, c, s, batch, chunk] = digits as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const speculation = axes.speculation.at(s)
    return {
      kind: 'colocated',
      pool: pool.id,
      layout: layoutOf(block, attention, experts),
      precision: precisionOf(w, a, k, c),
      batch: axes.batch.at(batch),
      chunk: axes.chunk.at(chunk),
      ...(speculation !== undefined && { speculation }),
    }
  }
}

/** Block and digits of a plan; undefined where the line does not hold it. */
export function findOnLine(
  { axes, blocks }: Line,
  plan: ColocatedPlan,
): { readonly block: Block; readonly digits: readonly number[] } | undefined {
  const { layout, precision } = plan
  const block = blocks.find((b) => b.replicas === layout.replicas && b.pp === layout.pp)
  if (block === undefined) return undefined
  const digits = [
    block.attention.findIndex((view) => sameFields(view, layout)),
    block.experts.findIndex((view) => sameFields(view, layout)),
    axes.weights.indexOf(precision.weights),
    axes.activations.indexOf(precision.activations),
    axes.kv.indexOf(precision.kv),
    axes.comm.indexOf(precision.comm),
    axes.speculation.indexOf(plan.speculation),
    axes.batch.indexOf(plan.batch),
    axes.chunk.indexOf(plan.chunk),
  ]
  return digits.includes(-1) ? undefined : { block, digits }
}

function sameFields(view: Partial<Layout>, layout: Layout): boolean {
  return Object.entries(view).every(([field, value]) => layout[field as keyof Layout] === value)
}

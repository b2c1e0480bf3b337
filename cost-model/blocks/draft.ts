import type { Overlap, SequenceSplit } from '../../spaces/engine.ts'
import type { Model } from '../../spaces/model.ts'
import type { Layout, Precision } from '../../spaces/plan.ts'
import { type Component, rankShape, type Tensor } from '../../spaces/tensor.ts'
import { storedFormats } from '../../spaces/weights.ts'
import type { After, Formats, NetworkOp, Op, Phase, Rows } from '../graph.ts'
import { type Place, type Placement, replace } from '../mesh.ts'

/** What a block's shapes depend on beside the block itself. */
export interface Site {
  readonly model: Model
  readonly layout: Layout
  readonly precision: Precision
  readonly phase: Phase
  readonly split: SequenceSplit
  /** TP ranks share out the tokens between blocks (Megatron sequence parallelism). */
  readonly tensorSequence: boolean
}

/** A segment under construction: where the data lies, which op made it, and which rows a rank has of it. */
export interface Draft {
  readonly site: Site
  readonly ops: Op[]
  at: Placement
  last: readonly string[]
  rows: Rows
  /** Of the ops that follow: see `Base.beside` of an op. */
  beside: Overlap | undefined
}

type Built = 'after' | 'in' | 'out' | 'lane' | 'rows' | 'beside'
type New<O> = O extends Op ? Omit<O, Built> : never

/** Placement of a step's tokens between blocks. Prompts are cut into sequence shards; a decode batch is not (see `attentionWidths`). */
export function tokenPlacement({ layout, phase, tensorSequence }: Pick<Site, 'layout' | 'phase' | 'tensorSequence'>): Placement {
  const sp: Place = phase === 'prefill' ? 'sequence' : layout.spKind === 'all-gather' ? 'batch' : 'replicated'
  return [
    { axis: 'attentionDp', size: layout.attentionDp, place: 'batch' },
    { axis: 'sp', size: layout.sp, place: sp },
    { axis: 'tp', size: layout.tp, place: tensorSequence ? 'sequence' : 'replicated' },
  ]
}

/** Share of the fullest attention-DP rank's tokens that one rank of it processes between blocks. */
export function tokenRows({ layout, phase, tensorSequence }: Pick<Site, 'layout' | 'phase' | 'tensorSequence'>): Rows {
  const shards = phase === 'prefill' || layout.spKind === 'all-gather' ? layout.sp : 1
  return { scope: 'rank', share: 1 / (tensorSequence ? shards * layout.tp : shards) }
}

export function newDraft(site: Site): Draft {
  return { site, ops: [], at: tokenPlacement(site), last: [], rows: tokenRows(site), beside: undefined }
}

/** Appends a compute op behind the last one; `out`: where its result lies, if not where its input did. */
export function compute(draft: Draft, op: New<Exclude<Op, NetworkOp>>, out: Placement = draft.at, why: After['why'] = 'data'): void {
  push(draft, op, out, 'compute', why)
}

/** Appends a collective over a group of ranks, which leaves their data at `to`. Nothing is appended for a group of one. */
export function exchange(draft: Draft, op: New<NetworkOp>, to: Place | Placement, why: After['why'] = 'data'): void {
  if (op.group.size > 1) push(draft, op, typeof to === 'string' ? replace(draft.at, op.group, to) : to, 'network', why)
}

function push(draft: Draft, op: New<Op>, out: Placement, lane: Op['lane'], why: After['why']): void {
  const after = draft.last.map((before) => ({ op: before, why }))
  // Completed in place: copies of objects of so many shapes would be half of the time it takes to build a graph.
  draft.ops.push(Object.assign(op, { rows: draft.rows, after, in: draft.at, out, lane, beside: draft.beside }) as Op)
  draft.at = out
  draft.last = [op.name]
}

/** A product with tensors that engines run as one (same input, same component), cut over `width` ranks. */
export function product(draft: Draft, name: string, tensors: readonly Tensor[], width: number, out: Placement = draft.at): void {
  const [first] = tensors
  if (first === undefined) return
  const shapes = tensors.map((t) => rankShape(t, width))
  const dims = {
    in: shapes[0]![1],
    out: sum(shapes.map((s) => s[0])),
    weight: sum(shapes.map((s) => s[0] * s[1])),
  }
  compute(draft, { kind: 'linear', name, dims, ...arithmetic(draft.site, first.component) }, out)
}

/** Formats of a component's weights, and what its activations are cast to. */
export function arithmetic(site: Site, component: Component): { readonly formats: Formats; readonly activations: string } {
  const formats = storedFormats(site.model, site.precision, component).map(([stored, share]) => [stored.name, share] as const)
  return { formats, activations: site.precision.activations }
}

export function pick(tensors: readonly Tensor[], ...names: readonly string[]): readonly Tensor[] {
  return tensors.filter((t) => names.includes(t.name))
}

/** RMS or layer norms, each with the residual sum that engines fuse into it. */
export function norms(draft: Draft, name: string, count: number): void {
  const elements = 2 * draft.site.model.hidden * count
  if (count > 0) compute(draft, { kind: 'pointwise', name, dims: { read: elements, write: elements } })
}

/** Placement with the innermost `width` ranks holding heads (or columns) of their own. */
export function cut(draft: Draft, width: number, place: Place): Placement {
  return width === 1 ? draft.at : replace(draft.at, { size: width, stride: 1 }, place)
}

/** Where a draft stands, to branch from or to join. */
export type Mark = Pick<Draft, 'at' | 'last' | 'rows'>

export function mark({ at, last, rows }: Draft): Mark {
  return { at, last, rows }
}

export function goTo(draft: Draft, to: Mark): void {
  draft.at = to.at
  draft.last = to.last
  draft.rows = to.rows
}

/** The next op also waits for what another branch made, which must lie on the ranks alike. */
export function join(draft: Draft, other: Mark): void {
  draft.last = [...other.last, ...draft.last]
}

/** Gives every TP rank all tokens that they share out between blocks. */
export function gatherShares(draft: Draft, name: string): void {
  const { tensorSequence, layout, model, precision } = draft.site
  if (!tensorSequence) return
  draft.rows = { ...draft.rows, share: draft.rows.share * layout.tp }
  const group = { axis: 'tp', size: layout.tp, stride: 1 }
  exchange(draft, { kind: 'all-gather', name, dims: { elements: model.hidden }, format: precision.comm, group }, 'replicated')
}

/** Sum of the partial results of TP ranks at the end of a block: all of it on each, or each its share of the tokens. */
export function sumBlock(draft: Draft, name: string, width: number): void {
  const { tensorSequence, model, precision } = draft.site
  if (!tensorSequence) {
    reduceOver(draft, `${name}.reduce`, width, model.hidden)
    return
  }
  const group = { axis: 'tp', size: width, stride: 1 }
  const op = { kind: 'reduce-scatter', name: `${name}.scatter`, dims: { elements: model.hidden }, format: precision.comm, group } as const
  exchange(draft, op, 'sequence')
  draft.rows = tokenRows(draft.site)
}

/** All-reduce of partial sums over the innermost `width` ranks. */
export function reduceOver(draft: Draft, name: string, width: number, elements: number): void {
  const group = { axis: 'tp', size: width, stride: 1 }
  exchange(draft, { kind: 'all-reduce', name, dims: { elements }, format: draft.site.precision.comm, group }, 'replicated')
}

export function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}

import { stageGpus } from '../../spaces/plan.ts'
import type { Rows } from '../graph.ts'
import { type Placement, replace, splitAt, tokenShards } from '../mesh.ts'
import { compute, type Draft, exchange } from './draft.ts'

/** Where tokens were before a feed-forward part, so that each returns there. */
export interface Visit {
  readonly home: Placement
  readonly rows: Rows
  /** Innermost ranks that work on the same tokens during the visit, and at home. */
  readonly width: number
  readonly replicas: number
}

/** The innermost ranks of a stage whose digits can be taken apart at `width`; else the whole stage. */
function visitOf({ at, rows, site }: Draft, width: number): Visit {
  const gpus = stageGpus(site.layout)
  return { home: at, rows, width: splitAt(at, width) ? width : gpus, replicas: gpus / tokenShards(at) }
}

/**
 * Brings all tokens of the innermost `width` ranks to each of them, for weights that are cut over those ranks: an all-gather over the
 * ranks that hold different tokens, nothing where they hold the same. Ranks beyond the group that hold the same tokens share them out.
 */
export function gatherTokens(draft: Draft, name: string, width: number, elements: number): Visit {
  const visit = visitOf(draft, width)
  const { replicas } = visit
  if (replicas > visit.width) shareOut(draft, name, { size: replicas / visit.width, stride: visit.width })
  if (replicas < visit.width) {
    draft.rows = { scope: 'stage', share: visit.width / stageGpus(draft.site.layout) }
    const group = { axis: 'tokens', size: visit.width / replicas, stride: replicas }
    exchange(draft, { kind: 'all-gather', name: `${name}.gather`, ...payload(draft, elements), group }, 'replicated')
  }
  return visit
}

/** Sums over the innermost `width` ranks what each computed, and returns the tokens. */
export function reduceTokens(draft: Draft, name: string, visit: Visit, width: number, elements: number): void {
  const { home, replicas } = visit
  const group = { axis: 'tensor', size: width, stride: 1 }
  if (replicas < width && visit.width === width) {
    const own = replicas > 1 ? replace(home, { size: replicas, stride: 1 }, 'batch') : home
    exchange(draft, { kind: 'reduce-scatter', name: `${name}.scatter`, ...payload(draft, elements), group }, own)
  } else exchange(draft, { kind: 'all-reduce', name: `${name}.reduce`, ...payload(draft, elements), group }, 'replicated')
  returnTokens(draft, name, visit, elements)
}

/** Ranks that held the same tokens before get them all again; a rank that ends with more than it had keeps its own. */
export function returnTokens(draft: Draft, name: string, visit: Visit, elements: number): void {
  const { home, rows, width, replicas } = visit
  draft.rows = rows
  const parts = tokenShards(draft.at) / tokenShards(home)
  const group = { axis: 'tokens', size: parts, stride: replicas === parts ? 1 : width }
  if (parts > 1) exchange(draft, { kind: 'all-gather', name: `${name}.return`, ...payload(draft, elements), group }, 'replicated')
  if (parts < 1) keepOwn(draft, `${name}.own`, home)
}

/** Cuts the tokens that `replicas` neighbours share into a part for each: nothing moves. */
export function shareTokens(draft: Draft, name: string, width: number): Visit {
  const visit = visitOf(draft, width)
  if (visit.replicas > 1) shareOut(draft, name, { size: visit.replicas, stride: 1 })
  return visit
}

function shareOut(draft: Draft, name: string, group: { readonly size: number; readonly stride: number }): void {
  keepOwn(draft, `${name}.split`, replace(draft.at, group, 'batch'))
  draft.rows = { ...draft.rows, share: draft.rows.share / group.size }
}

function keepOwn(draft: Draft, name: string, at: Placement): void {
  compute(draft, { kind: 'pointwise', name, dims: { read: 0, write: 0 } }, at)
}

function payload(draft: Draft, elements: number): { readonly dims: { readonly elements: number }; readonly format: string } {
  return { dims: { elements }, format: draft.site.precision.comm }
}

/** How prefill tokens are spread over `sp` ranks (reference: Ulysses = all-to-all of heads; ring = pass KV; all-gather KV). */
export type SequenceKind = 'ring' | 'all-to-all' | 'all-gather'

/**
 * Widths of one deployment. A stage has G = attentionDp x sp x tp GPUs, seen three ways, each using all of them:
 * attentionDp x sp x tp = ffnDp x ffnTp = ep x moeTp x moeDp = G. dcp divides tp and adds no GPUs.
 * GPUs of the fleet = replicas x pp x G.
 */
export interface Layout {
  readonly replicas: number
  readonly pp: number
  readonly attentionDp: number
  readonly sp: number
  /** Undefined when sp is 1. */
  readonly spKind: SequenceKind | undefined
  readonly tp: number
  readonly dcp: number
  readonly ffnDp: number
  readonly ffnTp: number
  readonly ep: number
  readonly moeTp: number
  readonly moeDp: number
  readonly redundantExperts: number
}

export interface Precision {
  /** A format for the linear layers (embedding, head, router and norms stay bf16), or `shipped`: the checkpoint as published. */
  readonly weights: string
  readonly activations: string
  readonly kv: string
  /** Element format of collectives. */
  readonly comm: string
}

/**
 * Where drafts come from: the model's own multi-token prediction; a layer like the model's last with its head, trained for it; or
 * text that was seen before, which costs no weights.
 */
export const draftKinds = ['mtp', 'eagle', 'ngram'] as const
export type DraftKind = (typeof draftKinds)[number]

/** Speculative decoding: every step verifies `depth` drafts of each request. */
export interface Speculation {
  readonly depth: number
  /** Probability that a draft is accepted, given that all before it were: the same for each, or of the first, the second, ... (the last goes on). */
  readonly acceptance: number | readonly number[]
  /** Absent: mtp. */
  readonly draft?: DraftKind | undefined
}

/** Of the draft at this place, from 0. */
export function acceptanceAt({ acceptance }: Speculation, place: number): number {
  return typeof acceptance === 'number' ? acceptance : (acceptance[Math.min(place, acceptance.length - 1)] ?? 0)
}

export interface ColocatedPlan {
  readonly kind: 'colocated'
  /** Pool of the fleet it fills. */
  readonly pool: string
  readonly layout: Layout
  readonly precision: Precision
  /** Concurrent requests per replica. */
  readonly batch: number
  /** Token budget of a step; prompts longer than what decodes leave are chunked. */
  readonly chunk: number
  readonly speculation?: Speculation
}

/** Separate prefill and decode workers; reserved here, evaluated by a later issue. */
export interface DisaggregatedPlan {
  readonly kind: 'disaggregated'
  readonly prefill: ColocatedPlan
  readonly decode: ColocatedPlan
  readonly prefillWorkers: number
  readonly decodeWorkers: number
}

export type Plan = ColocatedPlan | DisaggregatedPlan

/** GPUs of one pipeline stage. */
export function stageGpus(layout: Layout): number {
  return layout.attentionDp * layout.sp * layout.tp
}

/** GPUs of one replica. */
export function replicaGpus(layout: Layout): number {
  return layout.pp * stageGpus(layout)
}

/** Width of the dense FFN unless a plan says otherwise: attention's TP; with the KV cache cut by tokens also the ranks that share a prompt. */
export function defaultFfnTp({ sp, tp, dcp }: Pick<Layout, 'sp' | 'tp' | 'dcp'>): number {
  return dcp > 1 ? tp * sp : tp
}

import type { Engine } from '../../spaces/engine.ts'
import type { Model } from '../../spaces/model.ts'
import type { Bands } from './schema.ts'

/** How near a plan is to what was measured; the first that applies, from the end. */
export const regimes = ['known', 'beyond-measured', 'unseen-model', 'kv-limited', 'unseen-gpu', 'unseen-generation'] as const
export type Regime = (typeof regimes)[number]

/** Replicas that do both phases, or separate workers. */
export const modes = ['colocated', 'disaggregated'] as const
export type Mode = (typeof modes)[number]

/** What of a plan decides its regime. */
export interface Footing {
  readonly mode: Mode
  /** Of every pool that it uses. */
  readonly gpus: readonly { readonly id: string; readonly chip: string; readonly generation: string }[]
  readonly engine: string
  readonly family: string
  /** Requests of an attention-DP rank (of separate workers: where they decode). */
  readonly batch: number
  /** GPUs of a replica, or of the widest worker. */
  readonly width: number
  /** More requests than KV has room for. */
  readonly kvLimited: boolean
}

/** What was measured of a plan's kind: rows of each of its GPUs; or the regime where that is nothing. */
export type Support = Exclude<Regime, 'known' | 'beyond-measured' | 'kv-limited'> | readonly Bands['measured'][number][]

export function supportOf(
  { mode, gpus, engine, family }: Omit<Footing, 'batch' | 'width' | 'kvLimited'>,
  measured: Bands['measured'],
): Support {
  if (!gpus.every((gpu) => measured.some(({ generation }) => generation === gpu.generation))) return 'unseen-generation'
  if (!gpus.every((gpu) => measured.some((row) => row.gpu === gpu.id))) return 'unseen-gpu'
  const same = measured.filter((row) => row.mode === mode && row.engine === engine && row.family === family)
  const own = gpus.flatMap((gpu) => same.find((row) => row.gpu === gpu.id) ?? [])
  return own.length < gpus.length ? 'unseen-model' : own
}

/**
 * Regime of a plan: `known` where its GPUs were measured with its engine and a model of its family, and batch and width lie within what was;
 * `unseen-model` where all of these were, but not together.
 */
export function regimeOf({ batch, width, kvLimited }: Pick<Footing, 'batch' | 'width' | 'kvLimited'>, support: Support): Regime {
  if (support === 'unseen-generation' || support === 'unseen-gpu') return support
  if (kvLimited) return 'kv-limited'
  if (support === 'unseen-model') return support
  return support.every((row) => within(batch, row.batch) && within(width, row.width)) ? 'known' : 'beyond-measured'
}

function within(value: number, [least, most]: readonly [number, number]): boolean {
  return value >= least && value <= most
}

/** Models that run the same kernels: their kinds of attention and of FFN, like `gqa+window/moe`. */
export function familyOf({ layerGroups }: Pick<Model, 'layerGroups'>): string {
  const attention = layerGroups.map(({ attn }) => ('window' in attn && attn.window !== undefined ? 'window' : attn.kind))
  // Dense first layers of a model with experts are a small part of it.
  const ffn = layerGroups.some(({ ffn }) => ffn.kind === 'moe') ? 'moe' : (layerGroups[0]!.ffn.kind as string)
  return `${[...new Set(attention)].toSorted().join('+')}/${ffn}`
}

/** Releases of an engine are measured together. */
export function engineName({ id, family }: Pick<Engine, 'id' | 'family'>): string {
  return family ?? id
}

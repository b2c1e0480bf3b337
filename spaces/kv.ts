import { type Attention, attentionKind } from './attention/index.ts'
import type { Cache } from './attention/kind.ts'
import type { Model } from './model.ts'
import { format } from './precision.ts'

/** How many ranks share a layer's cache: by heads (tp), by tokens (dcp in decode, sp where its kind shards KV). */
export interface CacheWidth {
  readonly tp: number
  readonly dcp: number
  readonly sp?: number
}

interface Mixer {
  readonly attn: Attention
}

const whole: CacheWidth = { tp: 1, dcp: 1 }

/** Bytes that one layer keeps of one sequence of `tokens` on the fullest rank, in whole heads and whole entries. */
export function layerCacheBytes(layer: Mixer, tokens: number, kvFormat: string, width: CacheWidth): number {
  const element = format(kvFormat).bytes
  return cachesOf(layer).reduce((sum, cache) => sum + cacheBytes(cache, tokens, element, width), 0)
}

/** Bytes that all layers keep of one sequence of `tokens`, each entry counted once. */
export function cacheBytesPerSequence(model: Model, tokens: number, kvFormat: string): number {
  return model.layerGroups.reduce((sum, group) => sum + group.count * layerCacheBytes(group, tokens, kvFormat, whole), 0)
}

/** Bytes that one more token adds to a long sequence: full-context layers and their index keys; windows and states no longer grow. */
export function kvBytesPerToken(model: Model, kvFormat: string): number {
  const element = format(kvFormat).bytes
  return model.layerGroups.reduce(
    (sum, group) => sum + group.count * cachesOf(group).reduce((bytes, cache) => bytes + growth(cache, element), 0),
    0,
  )
}

function cachesOf({ attn }: Mixer): readonly Cache[] {
  return attentionKind(attn).caches(attn)
}

function cacheBytes(cache: Cache, tokens: number, element: number, { tp, dcp, sp = 1 }: CacheWidth): number {
  if (cache.kind === 'state') return Math.ceil(cache.heads / tp) * (cache.bytes / cache.heads)
  // Index keys are scored on every rank against the whole context: no width divides them.
  if (cache.kind === 'indexer') return cache.bytes * Math.ceil(tokens / (cache.every ?? 1))
  const kept = Math.min(tokens, cache.window ?? tokens)
  // Heads that run out are replicated: dcp then divides tokens among the ranks that would hold the same ones.
  return Math.ceil(cache.heads / (tp / dcp)) * Math.ceil(kept / (cache.every ?? 1) / (dcp * sp)) * cache.elements * element
}

function growth(cache: Cache, element: number): number {
  if (cache.kind === 'state') return 0
  if (cache.kind === 'indexer') return cache.bytes / (cache.every ?? 1)
  return cache.window === undefined ? (cache.heads * cache.elements * element) / (cache.every ?? 1) : 0
}

import type { LinkLevel, Pool } from './fleet.ts'

/** What joins prefill and decode workers: its kind, and bytes/s per GPU and direction. */
export interface PoolLink {
  readonly kind: LinkLevel['kind']
  readonly bandwidth: number
}

/**
 * The link that KV takes between the workers of a pair that uses so many GPUs: in one pool the innermost that spans them all, between two the
 * slower of their networks. Undefined where nothing joins them.
 */
export function linkBetween(from: Pool, to: Pool, gpus: number): PoolLink | undefined {
  if (from.id === to.id) {
    const link = from.links.find(({ span, bandwidth }) => span >= gpus && bandwidth > 0) ?? from.links.at(-1)
    return link === undefined || link.bandwidth === 0 ? undefined : { kind: link.kind, bandwidth: link.bandwidth }
  }
  if (from.network === undefined || to.network === undefined) return undefined
  return { kind: 'scale-out', bandwidth: Math.min(from.network, to.network) }
}

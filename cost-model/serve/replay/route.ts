import { makeRng } from '../../../spaces/rng.ts'

/**
 * Which replica a request goes to: one with the fewest requests, each in turn, any (as likely as others), or always the same for one session.
 */
export const routings = ['least-loaded', 'round-robin', 'random', 'sticky'] as const
export type Routing = (typeof routings)[number]

/** The replica, from 0, of each request that comes, in order. Undefined under `least-loaded`: that depends on what the others do. */
export function replicasOf(
  routing: Exclude<Routing, 'least-loaded'>,
  count: number,
  replicas: number,
  { session, seed }: { readonly session?: Int32Array | undefined; readonly seed: number },
): Int32Array {
  if (routing === 'round-robin') return new Int32Array(count).map((_, i) => i % replicas)
  const rng = makeRng(seed, 6)
  if (routing === 'random' || session === undefined) return new Int32Array(count).map(() => rng.below(replicas))
  return session.map((key) => makeRng(key, 7).below(replicas))
}

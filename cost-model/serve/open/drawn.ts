import type { Length } from '../../../spaces/length.ts'
import { missMoments } from '../../../spaces/prefix-hit.ts'
import { makeRng, type Rng } from '../../../spaces/rng.ts'
import { classesOf, pairsOf, type RequestClass, type Workload } from '../../../spaces/workload.ts'
import { normalQuantile } from '../../experts.ts'
import { requestMoments } from '../moments.ts'

/** Requests that stand for all of a workload: prompt tokens that are computed, output tokens, number of the class. */
export interface Drawn {
  readonly prompts: Float64Array
  readonly outputs: Float64Array
  readonly classOf: Uint8Array
}

/**
 * `count` requests: of each class as many as its share, at least one, at equally likely values of its lengths, in an order that shows no
 * pattern. Undefined where log-normal lengths of the load's moments say as much: one class of fixed or log-normal lengths and hits of one value.
 */
export function drawnOf(workload: Workload, count: number): Drawn | undefined {
  const classes = classesOf(workload)
  if (classes.length === 1 && isPlain(classes[0]!)) return undefined
  const rng = makeRng(1, 6)
  const requests = classes.flatMap((request, c) => ofClass(request, countOf(classes, c, count), rng).map((pair) => [...pair, c] as const))
  const order = shuffled(requests, rng).slice(0, count)
  const { isl, prefixHit, osl } = requestMoments(workload)
  return {
    prompts: withMean(
      order.map(([prompt]) => prompt),
      isl * (1 - prefixHit),
    ),
    outputs: withMean(
      order.map(([, output]) => output),
      osl,
    ),
    classOf: Uint8Array.from(order, ([, , c]) => c),
  }
}

function isPlain({ isl, osl, prefixHit }: RequestClass): boolean {
  const plain = ({ kind }: Length) => kind === 'fixed' || kind === 'lognormal'
  return plain(isl) && plain(osl) && typeof prefixHit === 'number'
}

function countOf(parts: readonly { readonly share: number }[], at: number, count: number): number {
  const sum = (some: typeof parts) => some.reduce((all, { share }) => all + share, 0)
  const until = (n: number) => Math.round((count * sum(parts.slice(0, n))) / sum(parts))
  return Math.max(1, until(at + 1) - until(at))
}

function ofClass(request: RequestClass, count: number, rng: Rng): readonly (readonly [number, number])[] {
  const miss = missMoments(request.prefixHit)
  // Hits that differ spread the prompts as a log-normal factor would.
  const missed = shuffled(
    Array.from({ length: count }, (_, i) => logNormal((i + 0.5) / count, miss.mean, miss.cv)),
    rng,
  )
  const pairs = pairsOf(request)
  if (pairs !== undefined) {
    return missed.map((m, i) => {
      const [prompt, output] = pairs[Math.floor(((i + 0.5) / count) * pairs.length)]!
      return [m * prompt, output]
    })
  }
  const prompts = shuffled(values(request.isl, count), rng)
  const outputs = shuffled(values(request.osl, count), rng)
  return missed.map((m, i) => [m * prompts[i]!, outputs[i]!])
}

/** At the middles of equal parts of [0, 1]. */
function values(length: Length, count: number): readonly number[] {
  const at = (value: (u: number) => number) => Array.from({ length: count }, (_, i) => value((i + 0.5) / count))
  switch (length.kind) {
    case 'fixed':
      return at(() => length.tokens)
    case 'uniform':
      return at((u) => length.from + u * (length.to - length.from))
    case 'lognormal':
      return at((u) => logNormal(u, length.mean, length.cv))
    case 'empirical': {
      const sorted = length.tokens.toSorted((a, b) => a - b)
      return at((u) => sorted[Math.floor(u * sorted.length)]!)
    }
    case 'mixture':
      return length.of.flatMap((part, i) => values(part.length, countOf(length.of, i, count))).slice(0, count)
  }
}

function logNormal(u: number, mean: number, cv: number): number {
  const variance = Math.log(1 + cv * cv)
  return mean * Math.exp(Math.sqrt(variance) * normalQuantile(u) - variance / 2)
}

function shuffled<T>(list: readonly T[], rng: Rng): T[] {
  const out = [...list]
  for (let i = out.length - 1; i > 0; i--) {
    const j = rng.below(i + 1)
    ;[out[i], out[j]] = [out[j]!, out[i]!]
  }
  return out
}

function withMean(list: readonly number[], mean: number): Float64Array {
  const scale = (mean * list.length) / list.reduce((sum, value) => sum + value, 0)
  return Float64Array.from(list, (value) => value * scale)
}

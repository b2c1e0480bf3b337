import { makeRng } from '../../../spaces/rng.ts'
import { normalQuantile } from '../../experts.ts'

/** How many values are drawn of everything, and how many in a row stand for all of them: use whole blocks. */
export const draws = 2048
export const block = 128

function scaled(values: Float64Array, mean: number): Float64Array {
  const scale = (mean * values.length) / values.reduce((sum, value) => sum + value, 0)
  return values.map((value) => value * scale)
}

/**
 * The numbers below `draws` in an order that shows no pattern, but that each block has one of every so many neighbours: as many values, sorted and
 * taken in this order, have nearly their own distribution in every block (stratified).
 */
function order(stream: number): Uint16Array {
  const { below } = makeRng(1, stream)
  const shuffled = (count: number) => {
    const list = Array.from({ length: count }, (_, i) => i)
    for (let i = count - 1; i > 0; i--) {
      const j = below(i + 1)
      ;[list[i], list[j]] = [list[j]!, list[i]!]
    }
    return list
  }
  const blocks = draws / block
  const offsets = Array.from({ length: block }, () => shuffled(blocks))
  return Uint16Array.from(Array.from({ length: blocks }, (_, b) => shuffled(block).map((i) => i * blocks + offsets[i]![b]!)).flat())
}

const normals = Float64Array.from({ length: draws }, (_, i) => normalQuantile((i + 0.5) / draws))
const exponentials = Float64Array.from({ length: draws }, (_, i) => -Math.log(1 - (i + 0.5) / draws))
const [promptOrder, gapOrder, outputOrder] = [order(1), order(2), order(4)] as const

/** Log-normal numbers of exactly that mean, and of that coefficient of variation up to the tail that so few cannot show. */
export function logNormals(of: 'prompts' | 'outputs', mean: number, cv: number): Float64Array {
  return (of === 'prompts' ? lastPrompts : lastOutputs)(mean, cv)
}

const lastPrompts = lastOf((mean, cv) => makeLogNormals(promptOrder, mean, cv))
const lastOutputs = lastOf((mean, cv) => makeLogNormals(outputOrder, mean, cv))

/** Remembers the last values: one plan asks for the same again and again. */
function lastOf(make: (mean: number, cv: number) => Float64Array): (mean: number, cv: number) => Float64Array {
  let last: { readonly mean: number; readonly cv: number; readonly values: Float64Array } | undefined
  return (mean, cv) => {
    if (last?.mean !== mean || last.cv !== cv) last = { mean, cv, values: make(mean, cv) }
    return last.values
  }
}

function makeLogNormals(order: Uint16Array, mean: number, cv: number): Float64Array {
  const scale = Math.sqrt(Math.log(1 + cv * cv))
  return scaled(
    Float64Array.from(order, (i) => Math.exp(scale * normals[i]!)),
    mean,
  )
}

/** Gaps between arrivals, gamma with that coefficient of variation and exactly that mean (exponential: Poisson arrivals). */
export const gaps = lastOf((mean, cv) => {
  const { uniform } = makeRng(1, 3)
  const values = cv === 1 ? exponentials : Float64Array.from({ length: draws }, () => gamma(uniform, cv)).sort()
  return scaled(
    Float64Array.from(gapOrder, (i) => values[i]!),
    mean,
  )
})

/** A gamma number of mean 1 (Marsaglia and Tsang, ACM TOMS 26, 2000). */
export function gamma(random: () => number, cv: number): number {
  if (cv === 0) return 1
  const shape = 1 / (cv * cv)
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normalQuantile(Math.max(1e-12, random()))
    const v = (1 + c * x) ** 3
    if (v <= 0 || Math.log(1 - random()) >= (x * x) / 2 + d - d * v + d * Math.log(v)) continue
    return ((d * v) / shape) * (shape < 1 ? (1 - random()) ** (1 / shape) : 1)
  }
}

import { describe, expect, it } from 'vitest'
import { conformalBand, type GroupedError } from '../../../optimizer/fit/bands/conformal.ts'
import { fitBands } from '../../../optimizer/fit/bands/fit.ts'
import type { Residual } from '../../../optimizer/fit/bands/residual.ts'
import { varianceOf } from '../../../optimizer/fit/bands/variance.ts'
import { makeRng } from '../../../spaces/rng.ts'

const alone = (...errors: readonly number[]): readonly GroupedError[] => errors.map((error, i) => ({ group: `g${i}`, error }))

describe('a conformal band', () => {
  it('has a tenth of n + 1 groups beyond either end: of 19 the second smallest and largest', () => {
    const errors = Array.from({ length: 19 }, (_, i) => i - 9)
    expect(conformalBand(alone(...errors))).toEqual({ lo: -8, mid: 0, hi: 8 })
  })

  it('is as wide as the extremes of fewer groups than it takes to know a tenth', () => {
    expect(conformalBand(alone(3, -1, 0.5))).toEqual({ lo: -1, mid: 0.5, hi: 3 })
  })

  it('counts groups, not points, for what a finite sample cannot know', () => {
    const crowd = Array.from({ length: 100 }, (_, i) => ({ group: `g${i % 10}`, error: i }))
    expect(conformalBand(crowd)).toEqual({ lo: 1, mid: 49, hi: 98 })
    expect(conformalBand(crowd.map(({ error }) => ({ group: `${error}`, error })))).toEqual({ lo: 9, mid: 49, hi: 90 })
  })

  it('holds four of five errors of new groups, whatever groups have in common', () => {
    const rng = makeRng(5)
    const group = (g: number) => {
      const own = rng.uniform() ** 2
      return Array.from({ length: 1 + rng.below(8) }, () => ({ group: `g${g}`, error: own + 0.3 * rng.uniform() }))
    }
    let [inside, all] = [0, 0]
    for (let trial = 0; trial < 200; trial++) {
      const { lo, hi } = conformalBand(Array.from({ length: 40 }, (_, g) => group(g)).flat())
      const fresh = group(-1)
      inside += fresh.filter(({ error }) => error >= lo && error <= hi).length / fresh.length
      all++
    }
    expect(inside / all).toBeGreaterThan(0.77)
    expect(inside / all).toBeLessThan(0.9)
  })
})

/** Points of six GPUs, each with five layouts of four batches; errors are what a GPU has in common, and what a point has of its own. */
function residuals(shared: number, own: number): readonly Residual[] {
  const rng = makeRng(7)
  const normal = () => Math.sqrt(-2 * Math.log(1 - rng.uniform())) * Math.cos(2 * Math.PI * rng.uniform())
  return Array.from({ length: 60 }, (_, g) => g).flatMap((g) => {
    const common = shared * normal()
    return [1, 2, 4, 8, 16].flatMap((width) =>
      [4, 8, 16, 32].map((batch): Residual => {
        const error = common + own * normal()
        const gpu = { id: `gpu${g}`, chip: `gpu${g}`, generation: g % 2 === 0 ? 'hopper' : 'blackwell' }
        return {
          ...{ group: `${g} ${width}`, model: 'm', chip: gpu.chip, generation: gpu.generation },
          footing: { mode: 'colocated', gpus: [gpu], engine: 'vllm', family: 'gqa/dense', batch, width, kvLimited: false },
          errors: { ttft: error, tpot: error, e2e: error, throughput: -error },
        }
      }),
    )
  })
}

describe('the fit of bands', () => {
  const fitted = fitBands(residuals(0.1, 0.2).slice(0, 240))

  it('splits a variance into what plans of a model, GPU and engine share and what each has of its own', () => {
    const { tpot, throughput, correlation } = varianceOf(residuals(0.1, 0.2))
    expect(Math.sqrt(tpot.shared)).toBeCloseTo(0.1, 1)
    expect(Math.sqrt(tpot.own)).toBeCloseTo(0.2, 1)
    expect(throughput).toEqual(tpot)
    expect(correlation).toBeCloseTo(1, 9)
  })

  it('knows what was measured, and is not surer where nothing was', () => {
    expect(fitted.measured).toHaveLength(12)
    expect(fitted.measured[0]).toMatchObject({ gpu: 'gpu0', batch: [4, 32], width: [1, 16] })
    const known = fitted.bands.find(({ regime }) => regime === 'known')!
    for (const { tpot } of fitted.bands.filter(({ regime }) => regime.startsWith('unseen'))) {
      expect(tpot.lo).toBeLessThanOrEqual(known.tpot.lo)
      expect(tpot.hi).toBeGreaterThanOrEqual(known.tpot.hi)
    }
  })
})

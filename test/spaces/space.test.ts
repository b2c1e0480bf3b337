import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Axes } from '../../spaces/axes.ts'
import { makePool } from '../../spaces/fleet.ts'
import { InputError } from '../../spaces/issue.ts'
import { type ColocatedPlan, replicaGpus } from '../../spaces/plan.ts'
import { planKey } from '../../spaces/plan-key.ts'
import { firstBrokenRule } from '../../spaces/rules/index.ts'
import { makeSpace, type Space } from '../../spaces/space.ts'
import { catalog, deepseek, h100s, llama } from './inputs.ts'

/** What a walk saw, index by index: null for a legal plan, else the code of its reason. */
function verdicts(space: Space, from = 0, to = space.size): readonly (string | null)[] {
  const seen: (string | null)[] = []
  space.walk(
    from,
    to,
    (index, plan) => {
      expect(index).toBe(from + seen.length)
      expect(plan).toEqual(space.at(index))
      seen.push(null)
    },
    (start, end, reason) => {
      expect(start).toBe(from + seen.length)
      expect(end).toBeGreaterThan(start)
      for (let i = start; i < end; i++) seen.push(reason.code)
    },
  )
  return seen
}

/** Small spaces of every kind: dense and MoE, several engines, one or two pools, ranges and lists. */
const spaces = fc
  .record({
    model: fc.constantFrom('llama-3.3-70b-instruct', 'deepseek-v3', 'qwen3-next-80b-a3b-instruct', 'falcon-7b'),
    engine: fc.constantFrom('vllm', 'sglang', 'trtllm', 'generic'),
    workload: fc.constantFrom('1k-1k', '8k-1k', '1k-8k'),
    pools: fc.constantFrom([h100s(8)], [h100s(16)], [h100s(24)], [h100s(4), makePool({ node: 'dgx-a100', gpus: 6 }, catalog)]),
    axes: fc.record(
      {
        pp: fc.constantFrom<Axes['pp']>('all', [1, 2], { from: 1, to: 3 }),
        attentionDp: fc.constantFrom<Axes['pp']>('all', 1),
        sp: fc.constantFrom<Axes['sp']>('all', [1, 2]),
        spKind: fc.constantFrom<Axes['spKind']>('all', 'ring'),
        dcp: fc.constantFrom<Axes['dcp']>('all', 1),
        ffnTp: fc.constantFrom<Axes['ffnTp']>('all', [1, 3]),
        ep: fc.constantFrom<Axes['ep']>('all', 1),
        moeDp: fc.constantFrom<Axes['moeDp']>('all', [1, 2]),
        redundantExperts: fc.constantFrom<Axes['redundantExperts']>([0, 8], 0),
        weights: fc.constantFrom<Axes['weights']>('shipped', ['fp8', 'fp8-block'], ['bf16', 'nvfp4']),
        activations: fc.constantFrom<Axes['activations']>(['bf16', 'fp8'], 'nvfp4'),
        kv: fc.constantFrom<Axes['kv']>('all', ['fp8', 'awq']),
        batch: fc.constantFrom<Axes['batch']>([1, 7, 5000], { from: 1, to: 64, factor: 4 }, { from: 1, to: 9, step: 4 }),
        chunk: fc.constantFrom<Axes['chunk']>([1, 2048, 8192], 'all'),
      },
      { requiredKeys: ['batch', 'chunk', 'weights', 'activations', 'ep', 'ffnTp'] },
    ),
  })
  .map(({ model, engine, workload, pools, axes }) => {
    const inputs = { model: catalog.model(model), engine: catalog.engine(engine), workload: catalog.workload(workload), pools }
    return { inputs, axes, space: makeSpace(inputs, axes) }
  })

describe('every space', () => {
  it('has an inverse: indexOf(at(i)) is i, and no two plans have the same key', () => {
    fc.assert(
      fc.property(spaces, ({ space }) => {
        const indexes = space.sample(300, 1)
        expect(indexes.map((i) => space.indexOf(space.at(i)))).toEqual(indexes)
        expect(new Set(indexes.map((i) => planKey(space.at(i)))).size).toBe(indexes.length)
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  it('uses its pool to the last GPU in every plan', () => {
    fc.assert(
      fc.property(spaces, fc.nat(), ({ space, inputs }, seed) => {
        for (const index of space.sample(50, seed)) {
          const plan = space.at(index)
          const pool = inputs.pools.find(({ id }) => id === plan.pool)!
          expect(plan.layout.replicas * replicaGpus(plan.layout)).toBe(pool.gpus)
          expect(plan.layout.ep * plan.layout.moeTp * plan.layout.moeDp * plan.layout.pp * plan.layout.replicas).toBe(pool.gpus)
        }
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  it('walks as brute force would: the same plans are legal, and the same rule condemns each of the others', () => {
    fc.assert(
      fc.property(spaces, fc.nat(), fc.nat({ max: 4000 }), ({ inputs, space }, start, length) => {
        const from = start % space.size
        const to = Math.min(space.size, from + length)
        const { model, engine, workload, pools } = inputs
        const expected = Array.from({ length: to - from }, (_, i) => {
          const plan = space.at(from + i)
          return firstBrokenRule({ model, engine, workload, pool: pools.find(({ id }) => id === plan.pool)!, plan })?.code ?? null
        })
        expect(verdicts(space, from, to)).toEqual(expected)
      }),
      { seed: 1, numRuns: 60 },
    )
  })

  it('walks its split ranges as it walks the whole', () => {
    fc.assert(
      fc.property(spaces, fc.integer({ min: 1, max: 9 }), ({ space }, n) => {
        fc.pre(space.size <= 30_000)
        const ranges = space.split(n)
        expect(ranges[0]!.from).toBe(0)
        expect(ranges.at(-1)!.to).toBe(space.size)
        expect(ranges.every(({ from }, i) => i === 0 || from === ranges[i - 1]!.to)).toBe(true)
        expect(Math.max(...ranges.map(length)) - Math.min(...ranges.map(length))).toBeLessThanOrEqual(1)
        expect(ranges.flatMap(({ from, to }) => verdicts(space, from, to))).toEqual(verdicts(space))
      }),
      { seed: 1, numRuns: 12 },
    )
    function length({ from, to }: { readonly from: number; readonly to: number }) {
      return to - from
    }
  })

  it('samples different indexes in range, the same for the same seed', () => {
    fc.assert(
      fc.property(spaces, fc.nat({ max: 500 }), fc.nat(), ({ space }, k, seed) => {
        const sample = space.sample(k, seed)
        expect(sample).toHaveLength(Math.min(k, space.size))
        expect(new Set(sample).size).toBe(sample.length)
        expect(sample.every((i, at) => i >= 0 && i < space.size && (at === 0 || i > sample[at - 1]!))).toBe(true)
        expect(space.sample(k, seed)).toEqual(sample)
      }),
      { seed: 1, numRuns: 40 },
    )
  })
})

describe('the default space of 64 H100', () => {
  it('visits few of the plans it refuses: illegal layouts go as whole ranges', () => {
    for (const inputs of [llama, deepseek]) {
      const space = makeSpace(inputs, {})
      let [visited, skipped, skips] = [0, 0, 0]
      const layouts = new Set<unknown>()
      space.walk(
        0,
        space.size,
        (_, plan) => {
          visited++
          layouts.add(plan.layout)
        },
        (from, to) => {
          skipped += to - from
          skips++
        },
      )
      expect(visited + skipped).toBe(space.size)
      expect(skips).toBeLessThan(space.size / 20)
      // Plans of a layout follow one another and share it: as many objects as layouts.
      expect(layouts.size).toBe(new Set([...layouts].map((layout) => JSON.stringify(layout))).size)
      expect(visited).toBeGreaterThan(10 * layouts.size)
    }
  })

  it('has every split of a dense model over replicas, stages and TP that vLLM can run', () => {
    const legal = legalLayouts(makeSpace(llama, { batch: 64 }))
    // 64 = replicas x pp x tp in C(6 + 2, 2) = 28 ways, tp <= 64 heads; tp 64 and 32 also with 2, 4 and 8 (GQA 8:1) KV shards, tp 16 with 2.
    const plain = legal.filter(({ dcp }) => dcp === 1)
    expect(plain).toHaveLength(28)
    expect(plain.every(({ attentionDp, sp, ep, moeDp }) => attentionDp * sp * ep * moeDp === 1)).toBe(true)
    expect(legal.filter(({ dcp, replicas, pp }) => dcp > 1 && replicas === 1 && pp === 1).map(({ tp, dcp }) => [tp, dcp])).toEqual([
      [64, 2],
      [64, 4],
      [64, 8],
    ])
    expect(legal.filter(({ dcp, tp }) => dcp > 1 && tp === 16)).toHaveLength(3)
  })

  it('has expert parallelism off or over the whole stage for DeepSeek-V3 on vLLM, in blocks of 128 as shipped', () => {
    const legal = legalLayouts(makeSpace(deepseek, { batch: 64 }))
    expect(legal.length).toBeGreaterThan(50)
    for (const { ep, moeTp, tp, pp, replicas, attentionDp } of legal) {
      expect(ep === 1 || moeTp === 1).toBe(true)
      expect(ep * moeTp * pp * replicas).toBe(64)
      expect(2048 / moeTp / 128).toBe(Math.floor(2048 / moeTp / 128))
      expect(tp).toBeLessThanOrEqual(16)
      expect(attentionDp).toBeLessThanOrEqual(64)
    }
    expect(legal).toContainEqual(expect.objectContaining({ replicas: 1, pp: 1, attentionDp: 64, tp: 1, ep: 64 }))
  })

  it('finds a legal plan of every model in the catalogue, on any engine', () => {
    for (const engine of catalog.list('engine')) {
      for (const model of catalog.list('model')) {
        const inputs = { ...llama, model: catalog.model(model), engine: catalog.engine(engine), pools: [h100s(8)] }
        expect(legalLayouts(makeSpace(inputs, { batch: 8 })).length, `${model} on ${engine}`).toBeGreaterThan(0)
      }
    }
  })

  function legalLayouts(space: Space): readonly ColocatedPlan['layout'][] {
    const found = new Set<ColocatedPlan['layout']>()
    space.walk(
      0,
      space.size,
      (_, plan) => found.add(plan.layout),
      () => {},
    )
    return [...found]
  }
})

describe('makeSpace', () => {
  const space = makeSpace(llama, {})
  const sameCode = (axes: Axes, inputs = llama) => {
    try {
      makeSpace(inputs, axes, { file: 'study.yaml', lineOf: () => 7 })
    } catch (error) {
      if (error instanceof InputError) return error.message
      throw error
    }
    return undefined
  }

  it('turns batch and chunk fastest', () => {
    const wide = makeSpace(llama, { batch: [1, 2], chunk: [512, 1024] })
    const tail = [0, 1, 2, 3].map((i) => wide.at(i))
    expect(tail.map(({ batch, chunk }) => [batch, chunk])).toEqual([
      [1, 512],
      [1, 1024],
      [2, 512],
      [2, 1024],
    ])
    expect(tail.every(({ layout, precision }) => layout === tail[0]!.layout && precision === tail[0]!.precision)).toBe(true)
  })

  it('keeps the order that a person gave to values, without repeats', () => {
    const given = makeSpace(llama, { replicas: 8, tp: 8, dcp: 1, batch: [64, 1, 64], chunk: 8192 })
    expect(given.size).toBe(2)
    expect([given.at(0).batch, given.at(1).batch]).toEqual([64, 1])
  })

  it('puts pools one after another', () => {
    const two = makeSpace({ ...llama, pools: [h100s(), makePool({ node: 'dgx-a100', gpus: 8 }, catalog)] }, {})
    expect(two.size).toBeGreaterThan(space.size)
    expect(two.at(0).pool).toBe('h100-sxm')
    expect(two.at(space.size).pool).toBe('a100-sxm-80gb')
    expect(two.at(space.size - 1)).toEqual(space.at(space.size - 1))
  })

  it('does not hold plans with other values, on other pools, with drafts, or disaggregated', () => {
    const plan = space.at(5)
    expect(space.indexOf(plan)).toBe(5)
    expect(verdicts(space, 5, 5)).toEqual([])
    expect(space.indexOf({ ...plan, pool: 'b200' })).toBe(-1)
    expect(space.indexOf({ ...plan, batch: 11 })).toBe(-1)
    expect(space.indexOf({ ...plan, layout: { ...plan.layout, replicas: 3 } })).toBe(-1)
    expect(space.indexOf({ ...plan, layout: { ...plan.layout, ffnTp: 3 } })).toBe(-1)
    expect(space.indexOf({ ...plan, speculation: { depth: 1, acceptance: 1 } })).toBe(-1)
    expect(space.indexOf({ kind: 'disaggregated', prefill: plan, decode: plan, prefillWorkers: 1, decodeWorkers: 1 })).toBe(-1)
  })

  it('takes an index outside the space for a bug', () => {
    for (const index of [-1, space.size, 0.5, Number.NaN])
      expect(() => space.at(index)).toThrow(`no plan ${index} in a space of ${space.size}`)
  })

  it('splits into no more ranges than plans', () => {
    expect(makeSpace(llama, { replicas: 8, tp: 8, dcp: 1, batch: [1, 2] }).split(5)).toEqual([
      { from: 0, to: 1 },
      { from: 1, to: 2 },
    ])
  })

  it.each([
    [{ tp: [] }, 'axes.tp: has no values'],
    [{ batch: { from: 8, to: 4 } }, 'axes.batch: has no values'],
    [{ weights: [] }, 'axes.weights: has no values'],
    [{ tp: 7 }, 'axes: no widths on these axes use the 64 GPUs of pool "h100-sxm" exactly'],
    [{ batch: { from: 1, to: 2 ** 53 - 1 } }, 'plans are more than 2^53 - 1 (narrow an axis: batch has 9007199254740991 values)'],
  ] as [Axes, string][])('refuses %j before it builds anything', (axes, message) => {
    expect(sameCode(axes)).toContain(message)
    expect(sameCode(axes)).toMatch(/^study.yaml:7: axes/)
  })

  it('counts spaces that are long but countable', () => {
    const long = makeSpace(llama, { replicas: 8, tp: 8, dcp: 1, batch: { from: 1, to: 2 ** 39 }, chunk: { from: 1, to: 8192 } })
    expect(long.size).toBe(2 ** 52)
    expect(long.indexOf(long.at(long.size - 1))).toBe(long.size - 1)
  })
})

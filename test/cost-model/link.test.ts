import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CollectiveKind } from '../../cost-model/calibration.ts'
import { exchangeTime } from '../../cost-model/link/exchange.ts'
import { groupBandwidth, sendTime } from '../../cost-model/link/level.ts'
import { linkSeconds } from '../../cost-model/link/time.ts'
import { collectiveTime, type Links } from '../../cost-model/link.ts'
import { makePool, type PoolSpec } from '../../spaces/fleet.ts'
import { placeGroup } from '../../spaces/placement.ts'
import { calibration, catalog, layoutOf } from './layouts.ts'

const kinds: readonly CollectiveKind[] = ['all-reduce', 'all-gather', 'reduce-scatter', 'all-to-all']
const us = 1e-6

function linksOf(spec: PoolSpec, library = 'nccl', constants = calibration): Links {
  return { calibration: constants, pool: makePool(spec, catalog), library }
}

/** A contiguous group of `size` ranks at the start of each replica. */
function groupOf({ pool }: Links, size: number) {
  return placeGroup(layoutOf({ tp: size, replicas: pool.gpus / size }), pool, 'tp')
}

function time(links: Links, kind: CollectiveKind, size: number) {
  return collectiveTime(links, kind, groupOf(links, size))
}

describe('a collective', () => {
  it('inside one node takes what was measured there, with the engine that was asked for', () => {
    // comm_allreduce_frameworks.csv and comm_nccl_points.csv of this project's catalogue (AIConfigurator tables, 2026-08).
    const h100 = (library: string) => time(linksOf({ gpu: 'h100-sxm', gpus: 8 }, library), 'all-reduce', 8)
    expect(linkSeconds(h100('vllm'), 2 ** 13) / us).toBeCloseTo(5.1, 6)
    expect(linkSeconds(h100('trtllm'), 2 ** 20) / us).toBeCloseTo(26, 6)
    expect(linkSeconds(h100('sglang'), 2 ** 23) / us).toBeCloseTo(62.9, 6)
    expect(h100('nccl').pedigree).toBe('measured')
    const gather = time(linksOf({ gpu: 'h100-sxm', gpus: 2 }), 'all-gather', 2)
    expect(linkSeconds(gather, 2 ** 20) / us).toBeCloseTo(11.29, 6)
    expect(gather.basis).toBe('h100-sxm all-gather x2, made monotone by up to 1.7 %')
  })

  it('of one rank takes no time', () => {
    for (const kind of kinds) expect(linkSeconds(time(linksOf({ gpu: 'h100-sxm', gpus: 8 }), kind, 1), 2 ** 30)).toBe(0)
  })

  it('on a GPU that was not measured says so: scaled from one of its generation, or latency and bandwidth alone', () => {
    const h800 = time(linksOf({ gpu: 'h800-sxm', gpus: 8 }), 'all-reduce', 8)
    expect([h800.pedigree, h800.basis]).toEqual(['derived', expect.stringMatching(/^h100-sxm all-reduce x8 scaled to x8/)])
    const h100 = time(linksOf({ gpu: 'h100-sxm', gpus: 8 }), 'all-reduce', 8)
    expect(linkSeconds(h800, 1024) / linkSeconds(h100, 1024)).toBeCloseTo(1, 2)
    expect(linkSeconds(h800, 2 ** 29) / linkSeconds(h100, 2 ** 29)).toBeCloseTo(450 / 200, 1)
    const mi300x = time(linksOf({ gpu: 'mi300x', gpus: 8 }), 'all-reduce', 8)
    expect([mi300x.pedigree, mi300x.basis]).toEqual(['datasheet', 'alpha-beta scale-up x8'])
  })

  it('across nodes is a sum of a part inside and a part across: never less than either', () => {
    const links = linksOf({ gpu: 'h100-sxm', gpus: 32 })
    for (const kind of kinds) {
      const wide = time(links, kind, 32)
      expect(wide.basis).toContain('alpha-beta scale-out x4')
      const inside = collectiveTime(links, kind, groupOf(linksOf({ gpu: 'h100-sxm', gpus: 8 }), 8))
      const bytes = 2 ** 26
      const share = kind === 'all-to-all' ? 1 / 4 : 1
      expect(linkSeconds(wide, bytes)).toBeGreaterThanOrEqual(linkSeconds(inside, bytes * share) * 0.999)
      expect(linkSeconds(wide, bytes)).toBeGreaterThan(((bytes / 8) * (3 / 4)) / 50e9)
    }
  })

  it('uses all network cards of a node: an all-reduce over nodes carries an eighth of the tensor on each', () => {
    const wide = time(linksOf({ gpu: 'h100-sxm', gpus: 32 }), 'all-reduce', 32)
    const bytes = 2 ** 33
    const across = (2 * (3 / 4) * (bytes / 8)) / (50e9 * 0.75)
    expect(linkSeconds(wide, bytes)).toBeGreaterThan(across)
    expect(linkSeconds(wide, bytes)).toBeLessThan(across + bytes / 150e9)
  })

  it('never takes less time for more bytes, nor for a slower link', () => {
    const specs: readonly PoolSpec[] = [
      { gpu: 'h100-sxm', gpus: 32 },
      { gpu: 'gb200-nvl72', gpus: 32 },
      { gpu: 'mi300x', gpus: 16 },
      { gpu: 'l40s', gpus: 16 },
      { gpu: 'a40', gpus: 16 },
      { gpu: 'h20-96gb', gpus: 16 },
    ]
    const size = fc.constantFrom(2, 4, 8, 16)
    const bytes = fc.double({ min: 0, max: 32, noNaN: true }).map((log) => 2 ** log)
    const factor = fc.double({ min: 1, max: 4, noNaN: true })
    fc.assert(
      fc.property(fc.constantFrom(...specs), fc.constantFrom(...kinds), size, bytes, factor, (spec, kind, n, b, more) => {
        const links = linksOf(spec)
        const seconds = (bytes: number) => linkSeconds(time(links, kind, n), bytes)
        expect(seconds(b)).toBeGreaterThan(0)
        expect(seconds(b * more)).toBeGreaterThanOrEqual(seconds(b) * (1 - 1e-12))
        const faster = {
          ...links,
          pool: {
            ...links.pool,
            links: links.pool.links.map((l) => ({
              ...l,
              bandwidth: l.bandwidth * more,
              ...(l.pairBandwidth ? { pairBandwidth: l.pairBandwidth * more } : {}),
            })),
          },
        }
        expect(linkSeconds(time(faster, kind, n), b)).toBeLessThanOrEqual(seconds(b) * (1 + 1e-12))
      }),
      { seed: 1, numRuns: 600 },
    )
  })
})

describe('a mesh', () => {
  it('gives two GPUs one link, eight all of them: 64 and 448 GB/s on MI300X', () => {
    const [level] = makePool({ gpu: 'mi300x', gpus: 8 }, catalog).links
    expect(groupBandwidth(level!, 2)).toBeCloseTo(64e9, 0)
    expect(groupBandwidth(level!, 8)).toBeCloseTo(448e9, 0)
    const [nvlink] = makePool({ gpu: 'h100-sxm', gpus: 8 }, catalog).links
    expect(groupBandwidth(nvlink!, 2)).toBe(450e9)
  })
})

describe('a send', () => {
  it('takes longer over a network than over NVLink', () => {
    const { links } = makePool({ gpu: 'h100-sxm', gpus: 16 }, catalog)
    expect(linkSeconds(sendTime(calibration, links[1]!), 2 ** 24)).toBeGreaterThan(
      5 * linkSeconds(sendTime(calibration, links[0]!), 2 ** 24),
    )
  })
})

describe('an expert exchange', () => {
  const dispatch = { pattern: 'dispatch', topK: 8, experts: 256 } as const
  const combine = { ...dispatch, pattern: 'combine' } as const
  const bytes = (tokens: number, element: number) => tokens * 7168 * element

  it('inside a node takes what DeepEP was measured to take, in the faster of its modes', () => {
    // comm_moe_alltoall.csv of this project's catalogue: H100, EP 8, hidden 7168, top 8: 128 tokens 36.7 us low-latency (48.6 normal), 4096 tokens 498.4 us.
    const links = linksOf({ gpu: 'h100-sxm', gpus: 8 })
    const time8 = exchangeTime(links, groupOf(links, 8), dispatch)
    expect(time8.pedigree).toBe('measured')
    expect(linkSeconds(time8, bytes(128, 1.03125)) / us / 36.7).toBeCloseTo(1, 1)
    expect(linkSeconds(time8, bytes(4096, 1.03125)) / us / 498.4).toBeCloseTo(1, 1)
    expect(linkSeconds(exchangeTime(links, groupOf(links, 8), combine), bytes(4096, 2)) / us / 960.6).toBeCloseTo(1, 1)
  })

  it('across nodes is within a third of DeepEP V1 on H800 (128 tokens, EP 16 to 128)', () => {
    // deepseek-ai/DeepEP docs (2025-02): low-latency dispatch and combine, microseconds.
    const measured: readonly (readonly [number, number, number])[] = [
      [16, 118, 195],
      [32, 155, 273],
      [64, 173, 314],
      [128, 192, 369],
    ]
    for (const [ranks, out, back] of measured) {
      const links = linksOf({ gpu: 'h800-sxm', gpus: ranks })
      const group = groupOf(links, ranks)
      expect(
        Math.abs(linkSeconds(exchangeTime(links, group, dispatch), bytes(128, 1.03125)) / us / out - 1),
        `dispatch ${ranks}`,
      ).toBeLessThan(0.33)
      expect(Math.abs(linkSeconds(exchangeTime(links, group, combine), bytes(128, 2)) / us / back - 1), `combine ${ranks}`).toBeLessThan(
        0.33,
      )
    }
  })

  it('of one rank takes no time; more bytes and more ranks never take less', () => {
    const links = linksOf({ gpu: 'h100-sxm', gpus: 64 })
    expect(linkSeconds(exchangeTime(links, groupOf(links, 1), dispatch), 1e9)).toBe(0)
    fc.assert(
      fc.property(
        fc.constantFrom(2, 4, 8, 16, 32),
        fc.double({ min: 8, max: 30, noNaN: true }),
        fc.double({ min: 0, max: 2, noNaN: true }),
        (ranks, log, more) => {
          const placed = exchangeTime(links, groupOf(links, ranks), dispatch)
          const seconds = (bytes: number) => linkSeconds(placed, bytes)
          expect(seconds(2 ** (log + more))).toBeGreaterThanOrEqual(seconds(2 ** log) * (1 - 1e-12))
        },
      ),
      { seed: 1, numRuns: 300 },
    )
  })
})

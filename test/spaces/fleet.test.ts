import { describe, expect, it } from 'vitest'
import { openCatalog } from '../../spaces/catalog.ts'
import { makePool, type PoolSpec, poolSchema } from '../../spaces/fleet.ts'
import { formatIssue, InputError } from '../../spaces/issue.ts'
import { parseYaml } from '../../spaces/read.ts'
import { parseWith } from '../../spaces/validate.ts'

const catalog = openCatalog({
  inline: {
    gpus: [
      { id: 'bare', memory: { nominal: '100 GB', bandwidth: '1 TB/s' }, flops: { bf16: '100 TFLOP/s' } },
      { id: 'priced', memory: { reported: '100 GiB', bandwidth: '1 TB/s' }, flops: {}, power: { tdp: 300 }, price: { low: 1, high: 2 } },
    ],
  },
})
const pool = (spec: PoolSpec) => makePool(spec, catalog)
const shape = (spec: PoolSpec) => pool(spec).links.map(({ kind, span, bandwidth }) => [kind, span, bandwidth / 1e9])

function complaint(spec: PoolSpec): string {
  try {
    makePool(spec, catalog, { path: ['fleet', 0] })
  } catch (error) {
    if (error instanceof InputError) return error.issues.map(formatIssue).join('\n')
    throw error
  }
  return ''
}

describe('makePool', () => {
  it('builds 8 nodes of 8 H100: NVLink inside, 400 Gb/s per GPU outside', () => {
    for (const spec of [
      { gpu: 'h100-sxm', nodes: 8 },
      { node: 'dgx-h100', nodes: 8 },
      { node: 'dgx-h100', gpus: 64 },
    ]) {
      expect(pool(spec)).toMatchObject({ id: 'h100-sxm', gpus: 64, gpusPerNode: 8 })
      expect(shape(spec)).toEqual([
        ['scale-up', 8, 450],
        ['scale-out', 64, 50],
      ])
    }
  })

  it('spans trays by NVLink in a rack, and leaves the rack over the network', () => {
    expect(shape({ node: 'dgx-gb200-nvl72', nodes: 18 })).toEqual([['scale-up', 72, 900]])
    expect(shape({ node: 'dgx-gb200-nvl72', gpus: 144 })).toEqual([
      ['scale-up', 72, 900],
      ['scale-out', 144, 50],
    ])
  })

  it('uses PCIe where no scale-up link spans the node', () => {
    expect(shape({ gpu: 'l40s', gpus: 4 })).toEqual([['pcie', 4, 31.5]])
    expect(shape({ node: 'a40-8-pcie', nodes: 2 })).toEqual([
      ['scale-up', 2, 56.25],
      ['pcie', 8, 31.5],
      ['scale-out', 16, 3.125],
    ])
  })

  it('joins machines that have no network by a link of 0, which no group may cross', () => {
    expect(shape({ node: 'rtx-4090-8', nodes: 2 })).toEqual([
      ['pcie', 8, 31.5],
      ['scale-out', 16, 0],
    ])
    expect(shape({ node: 'rtx-4090-8', nodes: 1 })).toEqual([['pcie', 8, 31.5]])
  })

  it('takes part of one node, and keeps a small domain inside a small node', () => {
    expect(shape({ gpu: 'h100-sxm', gpus: 2 })).toEqual([['scale-up', 2, 450]])
    expect(shape({ gpu: 'h100-sxm', gpus: 8, gpusPerNode: 4 })).toEqual([
      ['scale-up', 4, 450],
      ['scale-out', 8, 50],
    ])
    expect(pool({ gpu: 'h100-sxm', gpus: 12, nodes: 2 })).toMatchObject({ gpusPerNode: 6 })
    expect(shape({ gpu: 'gh200-96gb', gpus: 4 })).toEqual([['scale-out', 4, 50]])
  })

  it('takes fleets of any size whose nodes have one: primes, a single GPU', () => {
    for (const gpus of [1, 7, 13, 61, 127])
      expect(pool({ gpu: 'h100-sxm', gpus, gpusPerNode: gpus })).toMatchObject({ gpus, gpusPerNode: gpus })
    expect(pool({ gpu: 'h100-sxm', gpus: 7 }).links.map(({ span }) => span)).toEqual([7])
  })

  it('always has links up to the whole pool, each level wider than the one inside it', () => {
    for (const gpu of catalog.list('gpu')) {
      const spans = pool({ gpu, gpus: 16, gpusPerNode: 4, scaleUpBandwidth: 1e11, scaleOutBandwidth: 1e10 }).links.map((link) => link.span)
      expect(spans.at(-1), gpu).toBe(16)
      expect(spans, gpu).toEqual([...new Set(spans)].sort((a, b) => a - b))
    }
  })

  it('gives the pair bandwidth and topology of a mesh', () => {
    expect(pool({ node: 'mi300x-8', nodes: 1 }).links[0]).toEqual({
      kind: 'scale-up',
      span: 8,
      bandwidth: 4.48e11,
      topology: 'mesh',
      pairBandwidth: 6.4e10,
    })
  })

  it('lets the study state bandwidths', () => {
    expect(shape({ node: 'dgx-h100', nodes: 2, scaleUpBandwidth: 2e11, scaleOutBandwidth: 1e11 })).toEqual([
      ['scale-up', 8, 200],
      ['scale-out', 16, 100],
    ])
    expect(shape({ gpu: 'l40s', gpus: 2, scaleUpBandwidth: 2e10 })).toEqual([['pcie', 2, 20]])
  })

  it('counts as memory what CUDA sees, else the driver figure x 0.99, else what is stated, and says which', () => {
    expect(pool({ gpu: 'h100-sxm', gpus: 1 }).memory).toEqual({ bytes: Math.floor(79.19 * 2 ** 30), basis: 'CUDA-visible' })
    expect(pool({ gpu: 'gb200-nvl72', gpus: 1 }).memory).toEqual({ bytes: Math.floor(189471 * 2 ** 20 * 0.99), basis: 'driver x 0.99' })
    expect(pool({ gpu: 'bare', gpus: 1 }).memory).toEqual({ bytes: 99e9, basis: 'nominal x 0.99' })
    expect(pool({ gpu: 'a100-sxm-40gb', gpus: 8, memory: 40e9 }).memory).toEqual({ bytes: 40e9, basis: 'stated by the user' })
  })

  it('counts the power of the node, else the GPU times its system factor, else nothing', () => {
    expect(pool({ node: 'dgx-h100', nodes: 1 }).wattsPerGpu).toBe(1275)
    expect(pool({ gpu: 'h100-sxm', gpus: 8 }).wattsPerGpu).toBe(700 * 1.82)
    expect(pool({ gpu: 'priced', gpus: 1 }).wattsPerGpu).toBe(300)
    expect(pool({ gpu: 'bare', gpus: 1 }).wattsPerGpu).toBeUndefined()
  })

  it('prices at the dated median, else the middle of the range, else what is stated, and says which', () => {
    expect(pool({ gpu: 'h100-sxm', gpus: 8 }).price).toEqual({
      usdPerGpuHour: 2.95,
      source: expect.stringMatching(/^median, aimultiple/),
      date: '2026-05-20',
    })
    expect(pool({ gpu: 'h200-sxm', gpus: 8 }).price).toEqual({
      usdPerGpuHour: 4.75,
      source: expect.stringMatching(/^middle of 2.5 \$ to 7 \$, .*mercatus/),
      date: '2026-05',
    })
    expect(pool({ gpu: 'priced', gpus: 1 }).price).toEqual({
      usdPerGpuHour: 1.5,
      source: 'middle of 1 $ to 2 $, entry priced',
      date: 'undated',
    })
    expect(pool({ gpu: 'h100-sxm', gpus: 8, price: 2.2 }).price).toEqual({
      usdPerGpuHour: 2.2,
      source: 'stated by the user',
      date: 'undated',
    })
    expect(pool({ gpu: 'bare', gpus: 1 }).price).toBeUndefined()
  })

  it.each<[PoolSpec, string]>([
    [{}, 'fleet[0]: needs a gpu or a node'],
    [{ gpu: 'h100-sxm' }, 'fleet[0].gpus: is missing: say how many gpus or nodes'],
    [{ gpu: 'h100-sxm', gpus: 0 }, 'fleet[0].gpus: must be at least 1, not 0'],
    [{ gpu: 'h100-sxm', nodes: 0 }, 'fleet[0].nodes: must be at least 1, not 0'],
    [{ gpu: 'h100-sxm', gpus: Number.NaN }, 'fleet[0].gpus: must be at least 1, not NaN'],
    [{ gpu: 'h100-sxm', gpus: 12 }, 'fleet[0].gpus: 12 GPUs do not fill nodes of 8 (say gpusPerNode where nodes have another size)'],
    [{ gpu: 'h100-sxm', gpus: 12, nodes: 5 }, 'fleet[0].gpus: 12 GPUs are not 5 nodes of equal size'],
    [{ node: 'dgx-h100', gpus: 24, nodes: 2 }, 'fleet[0].gpus: 24 GPUs are not 2 nodes of 8'],
    [{ node: 'dgx-h100', nodes: 2, gpusPerNode: 4 }, 'fleet[0].gpusPerNode: node "dgx-h100" has 8 GPUs, not 4'],
    [{ node: 'dgx-h100', gpu: 'h200-sxm', nodes: 1 }, 'fleet[0].gpu: node "dgx-h100" holds h100-sxm, not h200-sxm'],
    [{ gpu: 'rtx-4090', gpus: 16 }, 'fleet[0].scaleOutBandwidth: must be given: rtx-4090 lists no network'],
    [{ gpu: 'bare', gpus: 2 }, 'fleet[0].scaleUpBandwidth: must be given: bare lists neither a scale-up link nor PCIe'],
    [{ gpu: 'h100sxm5', gpus: 8 }, 'fleet[0].gpu: unknown gpu "h100sxm5" (did you mean "h100-sxm"?)'],
    [{ node: 'dgx-h10', nodes: 8 }, 'fleet[0].node: unknown node "dgx-h10" (did you mean "dgx-h100"?)'],
  ])('refuses %j: %s', (spec, message) => {
    expect(complaint(spec)).toBe(message)
  })
})

describe('poolSchema', () => {
  it('takes units and refuses nonsense with the line', () => {
    const read = (text: string) => {
      const { value, where } = parseYaml(text, 'study.yaml')
      return parseWith(poolSchema, value, where)
    }
    expect(read('gpu: h100-sxm\ngpus: 8\nmemory: 80 GiB\nscaleOutBandwidth: 400 Gb/s\nprice: $2.2\n')).toEqual({
      gpu: 'h100-sxm',
      gpus: 8,
      memory: 85899345920,
      scaleOutBandwidth: 5e10,
      price: 2.2,
    })
    expect(() => read('gpu: h100-sxm\ngpus: 0\n')).toThrow('study.yaml:2: gpus: must be more than 0, not 0')
    expect(() => read('gpu: h100-sxm\nmemory: 80\n')).toThrow('study.yaml:2: memory: must be at least 128 MiB, not 80 B')
    expect(() => read('gpu: h100-sxm\nprice: -1\n')).toThrow('study.yaml:2: price: must be more than 0, not -1 $')
  })
})

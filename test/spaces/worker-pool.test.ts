import { describe, expect, it } from 'vitest'
import { makePool } from '../../spaces/fleet.ts'
import { linkBetween } from '../../spaces/pool-link.ts'
import { workerPool, workerSizes } from '../../spaces/worker-pool.ts'
import { catalog, h100s } from './inputs.ts'

describe('workers of a pool', () => {
  it('have parts of a node that divide it, or whole nodes', () => {
    expect(workerSizes(h100s())).toEqual([1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64])
    expect(workerSizes(h100s(4))).toEqual([1, 2, 4])
    expect(workerSizes(makePool({ node: 'dgx-gb200-nvl72', nodes: 3 }, catalog))).toEqual([1, 2, 4, 8, 12])
  })

  it('are pools of their own, with the links inside them', () => {
    const spans = (gpus: number) => workerPool(h100s(), gpus).links.map(({ kind, span }) => `${kind} ${span}`)
    expect(spans(16)).toEqual(['scale-up 8', 'scale-out 16'])
    expect(spans(4)).toEqual(['scale-up 4'])
    expect(spans(1)).toEqual(['scale-up 1'])
    expect(workerPool(h100s(), 4)).toMatchObject({ id: 'h100-sxm', gpus: 4, gpusPerNode: 4 })
  })
})

describe('the link between two sides', () => {
  it('is the innermost that spans all of their GPUs in one pool', () => {
    expect(linkBetween(h100s(), h100s(), 8)).toEqual({ kind: 'scale-up', bandwidth: 450e9 })
    expect(linkBetween(h100s(), h100s(), 9)).toEqual({ kind: 'scale-out', bandwidth: 50e9 })
    expect(linkBetween(h100s(1), h100s(1), 1)?.kind).toBe('pcie')
  })

  it('is the slower network between two pools, even where each is one node', () => {
    const fast = makePool({ id: 'fast', node: 'dgx-b200', nodes: 1, scaleOutBandwidth: 1e11 }, catalog)
    expect(linkBetween(fast, h100s(8), 16)).toEqual({ kind: 'scale-out', bandwidth: 50e9 })
    expect(linkBetween(h100s(8), fast, 16)).toEqual({ kind: 'scale-out', bandwidth: 50e9 })
    const { network: _, ...unjoined } = fast
    expect(linkBetween(unjoined, h100s(), 16)).toBeUndefined()
  })
})

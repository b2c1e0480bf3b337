import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeCurve } from '../../cost-model/link/curve.ts'
import { exchangeTime } from '../../cost-model/link/exchange.ts'
import { sendTime } from '../../cost-model/link/level.ts'
import { linkSeconds } from '../../cost-model/link/time.ts'
import { collectiveTime } from '../../cost-model/link.ts'
import { stepTime } from '../../cost-model/step.ts'
import type { Figure } from '../../spaces/figure.ts'
import type { Pool } from '../../spaces/fleet.ts'
import { placeGroup } from '../../spaces/placement.ts'
import { calibration } from '../cost-model/layouts.ts'
import { anyStep, holds, layoutModel, valuesOf } from './law.ts'
import { type Drawn, randomPlan } from './random-plan.ts'

type What = 'memory' | 'flops' | 'links'
const change = fc.record({ what: fc.constantFrom<What>('memory', 'flops', 'links'), by: fc.double({ min: 1, max: 4, noNaN: true }) })

function times(figure: Figure | undefined, by: number): Figure | undefined {
  if (figure === undefined) return undefined
  return typeof figure === 'number' ? figure * by : { ...figure, value: figure.value * by }
}

function each<T extends object>(figures: T | undefined, by: number): T | undefined {
  return figures && (Object.fromEntries(Object.entries(figures).map(([k, v]) => [k, times(v as Figure | undefined, by)])) as T)
}

/** The pool with one kind of figure that much higher: the same generation, and so the same calibration. */
function faster(pool: Pool, { what, by }: { readonly what: What; readonly by: number }): Pool {
  const { gpu } = pool
  if (what === 'links') {
    const wider = (l: Pool['links'][number]) => ({
      ...l,
      bandwidth: l.bandwidth * by,
      pairBandwidth: l.pairBandwidth && l.pairBandwidth * by,
    })
    return { ...pool, links: pool.links.map(wider) }
  }
  if (what === 'memory') return { ...pool, gpu: { ...gpu, memory: { ...gpu.memory, bandwidth: times(gpu.memory.bandwidth, by)! } } }
  return { ...pool, gpu: { ...gpu, flops: each(gpu.flops, by)!, measured: each(gpu.measured, by) } }
}

function on(drawn: Drawn, pool: Pool): Drawn {
  return { ...drawn, pool, scenario: { ...drawn.scenario, pools: [pool] } }
}

describe('faster hardware of the same generation', () => {
  it('never makes a step slower: memory, arithmetic or links', () => {
    holds(fc.tuple(randomPlan('prefill'), anyStep, change), { seed: 61, runs: 120 }, ([drawn, shape, more]) => {
      const slow = stepTime(layoutModel(drawn), shape)
      const fast = stepTime(layoutModel(on(drawn, faster(drawn.pool, more))), shape)
      expect(fast.latency).toBeLessThanOrEqual(slow.latency * (1 + 1e-12))
      expect(fast.period).toBeLessThanOrEqual(slow.period * (1 + 1e-12))
    })
  })

  it('never serves fewer requests per second, nor takes longer for one, by more than the closed form is exact', () => {
    // Where the host bounds steps with prompts, faster decodes leave more of the time to these, which a request is then likelier to meet.
    const exact = 5e-3
    holds(fc.tuple(randomPlan('serving'), change), { seed: 62, runs: 100 }, ([drawn, more]) => {
      const [slow, fast] = [valuesOf(drawn), valuesOf(on(drawn, faster(drawn.pool, more)))]
      expect(fast.e2e_ms).toBeLessThanOrEqual(slow.e2e_ms * (1 + exact))
      expect(fast.req_s).toBeGreaterThanOrEqual(slow.req_s * (1 - exact))
    })
  })
})

const kinds = fc.constantFrom('all-reduce', 'all-gather', 'reduce-scatter', 'all-to-all', 'dispatch', 'combine', 'send')
const axes = fc.constantFrom('tp', 'sp', 'ep', 'ffnTp', 'stage')

describe('an exchange', () => {
  it('of more bytes never takes less time, on any link and in any library, and takes none for a group of one', () => {
    const sizes = fc.tuple(fc.double({ min: 1, max: 1e9, noNaN: true }), fc.double({ min: 1, max: 16, noNaN: true }))
    holds(
      fc.tuple(randomPlan('prefill'), kinds, axes, sizes),
      { seed: 63, runs: 200 },
      ([{ pool, layout, scenario }, kind, axis, [bytes, by]]) => {
        const links = { calibration, pool, library: scenario.engine.allReduce }
        const group = placeGroup(layout, pool, axis)
        const time =
          kind === 'dispatch' || kind === 'combine'
            ? exchangeTime(links, group, { pattern: kind, topK: 8, experts: 256 })
            : kind === 'send'
              ? sendTime(calibration, group.link)
              : collectiveTime(links, kind, group)
        const seconds = (size: number) => linkSeconds(time, size)
        if (group.size === 1 && kind !== 'send') expect(seconds(bytes)).toBe(0)
        else {
          expect(seconds(bytes)).toBeGreaterThan(0)
          expect(seconds(bytes * by)).toBeGreaterThanOrEqual(seconds(bytes) * (1 - 1e-12))
        }
      },
    )
  })

  it('is measured by tables that fall with bytes by no more than their residual says', () => {
    for (const { system, library, kind, gpus, bytes, us } of calibration.collectives.curves) {
      const curve = makeCurve(
        bytes,
        us.map((t) => t * 1e-6),
      )
      const fall = Math.max(0, ...us.slice(1).map((t, i) => 1 - t / us[i]!))
      const name = `${system} ${library} ${kind} x${gpus}`
      expect([...curve.logs], name).toEqual([...curve.logs].sort((a, b) => a - b))
      expect(curve.residual > 0, name).toBe(fall > 0)
      // Of two points that fall, one at least is moved by half of the fall in log time.
      expect(curve.residual, name).toBeGreaterThanOrEqual(1 - Math.sqrt(1 - fall) - 1e-9)
    }
  })
})

import { describe, expect, it } from 'vitest'
import { heldTokens, occupancyLimit, preemption } from '../../../cost-model/serve/occupancy.ts'
import { baseLoad, mixing } from './fixtures.ts'

const load = { ...baseLoad, isl: 1000, osl: 200, concurrency: 100 }

describe('KV that a request keeps from others', () => {
  const request = { ...load, blockTokens: 1 }

  it('is what it has so far where only its prompt is reserved, on average half its output', () => {
    expect(heldTokens(request)).toBe(1100)
    expect(heldTokens({ ...request, oslCv: 1 })).toBe(1200)
  })

  it('is its whole output where all is reserved, and a share of what is to come in between', () => {
    expect(heldTokens({ ...request, scheduler: { ...mixing, admission: 'reserve-all' } })).toBe(1200)
    expect(heldTokens({ ...request, scheduler: { ...mixing, admission: 'reserve-ratio', reserveRatio: 0.5 } })).toBe(1150)
  })

  it('is half a block more than its tokens', () => {
    expect(heldTokens({ ...request, blockTokens: 16 })).toBe(1107.5)
  })
})

describe('requests that run at once', () => {
  it('are bounded by KV or by seats, whichever is the smaller, and there is always one', () => {
    expect(occupancyLimit({ ...load, kvSeats: 10 })).toEqual({ limit: 10, by: 'kv-bound' })
    expect(occupancyLimit({ ...load, kvSeats: 1e6, seats: 64 })).toEqual({ limit: 64, by: 'seat-bound' })
    expect(occupancyLimit({ ...load, kvSeats: 0 })).toEqual({ limit: 1, by: 'kv-bound' })
  })
})

describe('preemption', () => {
  const full = { ...load, kvSeats: 10 }

  it('happens only where prompts alone are reserved and requests wait for KV', () => {
    expect(preemption(full, occupancyLimit(full))).toBeDefined()
    expect(preemption({ ...full, concurrency: 10 }, occupancyLimit(full))).toBeUndefined()
    const all = { ...full, scheduler: { ...mixing, admission: 'reserve-all' as const } }
    expect(preemption(all, occupancyLimit(all))).toBeUndefined()
  })

  it('is the more frequent, the longer the output is against the prompt (simulated: 0.83 times at 1000/1000, 2.0 at 500/1500)', () => {
    const again = (isl: number, osl: number, chunk = 8192) => preemption({ ...full, isl, osl, chunk }, { limit: 10, by: 'kv-bound' })
    expect(again(1000, 1000)?.steps).toBeCloseTo(0.875, 9)
    expect(again(500, 1500)?.steps).toBeCloseTo(2.1, 9)
    expect(again(500, 1400)).toEqual({ steps: 2, tokens: 700 })
    expect(again(500, 1400, 350)).toEqual({ steps: 4, tokens: 350 })
  })
})

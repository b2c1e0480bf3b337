import { describe, expect, it } from 'vitest'
import { memoryOf } from '../../../cost-model/memory.ts'
import { bare, type Case, makeCase } from './cases.ts'

const run = ({ scenario, pool, plan }: Case) => memoryOf(scenario, pool, plan)
const request = 1024 * 147_456

describe('KV of the running requests', () => {
  it('is that of the requests of one attention-DP rank, the fullest', () => {
    const at = (batch: number) => run(makeCase({ memory: bare, layout: { attentionDp: 4, ffnDp: 4 }, batch })).terms.kv
    expect(at(8)).toBe(2 * request)
    expect(at(9)).toBe(3 * request)
  })

  it('fills the cache to its last block where requests wait, and leaves less than a block', () => {
    const { terms, headroom, kvCapacityTokens } = run(makeCase({ memory: bare, batch: 100_000 }))
    expect(terms.kv).toBe(kvCapacityTokens * 147_456)
    expect(headroom).toBeLessThan(16 * 147_456)
  })

  it('comes with the state of no more requests than admission lets run', () => {
    const hybrid = makeCase({ model: 'nvidia-nemotron-3-nano-30b-a3b-bf16', memory: bare, batch: 100_000, bytes: 100e9 })
    const { terms, seats, headroom } = run(hybrid)
    const one = run({ ...hybrid, plan: { ...hybrid.plan, batch: 1 } }).terms
    expect(terms.state).toBe(seats.reserved * one.state)
    expect(terms.kv).toBeGreaterThan(seats.reserved * one.kv * 0.7)
    expect(headroom).toBeGreaterThanOrEqual(0)
  })

  it('lets fewer run where admission reserves whole outputs than where it reserves prompts', () => {
    const seats = (admission: 'reserve-prompt' | 'reserve-ratio' | 'reserve-all') =>
      run(makeCase({ memory: bare, scheduler: { admission, reserveRatio: 0.5 } })).seats
    const [prompt, ratio, all] = [seats('reserve-prompt'), seats('reserve-ratio'), seats('reserve-all')]
    expect(prompt.reserved).toBe(prompt.mean)
    expect(all.mean).toBe(prompt.mean)
    expect(ratio.reserved).toBeLessThan(prompt.reserved)
    expect(all.reserved).toBeLessThan(ratio.reserved)
  })
})

import { describe, expect, it } from 'vitest'
import { findPlan } from '../../optimizer/find-plan.ts'
import { readStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { planKey } from '../../spaces/plan-key.ts'
import { makeSpace } from '../../spaces/space.ts'
import { resolved } from './written.ts'

const setting = resolved()
const space = makeSpace(setting.scenario, setting.axes)

describe('a plan of a study', () => {
  it('is found by its index, with or without the first letters of the hash, and by its key: the same plan', async () => {
    for (const index of space.sample(20, 1)) {
      const plan = space.at(index)
      for (const name of [`${index}`, `${index}@${setting.studyHash.slice(0, 6)}`, `${index}@${setting.studyHash}`, planKey(plan)]) {
        expect(await findPlan(setting, name)).toEqual({ kind: 'found', plan, index, why: undefined, partial: false })
      }
    }
  })

  it('is found by a key outside the space too, without an index', async () => {
    const found = await findPlan(setting, planKey({ ...space.at(0), batch: 77 }))
    expect(found).toMatchObject({ kind: 'found', index: undefined, plan: { batch: 77 } })
  })

  it('is the best of an interrupted search, marked partial', async () => {
    const large = resolveStudy(readStudy('llama-3.1-8b-on-4-l40s'))
    const controller = new AbortController()
    const onProgress = (done: number) => done > 2000 && controller.abort()
    const found = await findPlan(large, 'best', { workers: 0, signal: controller.signal, onProgress })
    expect(found).toMatchObject({ kind: 'found', partial: true, why: expect.stringContaining('of the ') })
    expect((found as { readonly index: number }).index).toBeLessThan(4096)
  })

  it('where nothing fits in memory, is the one that lacks least', async () => {
    const found = await findPlan(resolved({ model: 'deepseek-v3', axes: '{ weights: shipped, batch: [1, 8] }' }), 'best')
    expect(found).toMatchObject({ kind: 'found', why: 'no plan fits in memory; this one lacks least' })
  })
})

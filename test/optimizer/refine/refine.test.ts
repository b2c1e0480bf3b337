import { describe, expect, it } from 'vitest'
import { refine } from '../../../optimizer/refine/refine.ts'
import { mostBeside, survivorsOf } from '../../../optimizer/refine/survivors.ts'
import type { RunEnd } from '../../../optimizer/sweep.ts'
import { tableSize, union } from '../../../optimizer/table.ts'
import { tableOf } from '../rows.ts'
import { asked, fakeReplay, fakeRunner, fakeSwept, limits, objectives } from './fake-swept.ts'

const swept = fakeSwept()
const judged = { objectives, limits }

function outcomeOf(end: RunEnd) {
  if (end.kind === 'failed') throw new Error(end.message)
  return end.outcome
}

const whole = outcomeOf(await refine(asked, swept, fakeRunner()))
const chosen = whole.refined!.chosen
const first = survivorsOf(swept.near, swept.front, judged, [])

describe('replays after a sweep', () => {
  it('look once at every plan near the front, and then at those near the front that this leaves', async () => {
    const runner = fakeRunner()
    await refine(asked, swept, runner)
    expect(new Set(runner.asked).size).toBe(chosen)
    expect(runner.asked).toHaveLength(chosen)
    expect(whole.refined!.unreached).toBe(0)
    expect(chosen).toBeGreaterThan(first.length)
    for (const { index } of survivorsOf(swept.near, whole.front, judged, [])) expect(runner.asked).toContain(index)
  })

  it('are of the whole front, however long, and of no more than so many plans beside it', async () => {
    const many = (from: number, tpot: number) =>
      tableOf(Array.from({ length: mostBeside + 7 }, (_, i) => [from + i, { tpot_ms: tpot, ttft_ms: 0.5, out_tok_s_per_gpu: 100 }]))
    const [front, beside] = [many(0, 0.01), many(5000, 0.0101)]
    const outcome = outcomeOf(await refine(asked, { ...swept, front, near: union(front, beside) }, fakeRunner()))
    expect(outcome.refined!.chosen).toBe(2 * mostBeside + 7)
  })

  it('end the same whatever the number of lanes', async () => {
    for (const lanes of [1, 2, 8]) expect(outcomeOf(await refine(asked, swept, fakeRunner(lanes)))).toEqual(whole)
  })

  it('count plans that cannot be replayed, by reason', () => {
    const refused = whole.refined!.refused
    expect(refused.map(({ reason }) => reason)).toEqual(['odd'])
    expect(refused[0]!.plans + tableSize(whole.refined!.replayed)).toBe(chosen)
    expect(refused[0]!.example).toBe(`${refused[0]!.index} is odd`)
  })

  it('report progress', async () => {
    const seen: number[] = []
    await refine(asked, swept, fakeRunner(), { onReplay: (done, total) => seen.push(done / total) })
    expect(seen).toHaveLength(chosen)
    expect(seen.at(-1)).toBe(1)
  })
})

describe('replays within a budget', () => {
  it('begin none once it is spent, the recommended plans first, and are marked partial', async () => {
    let now = 100
    const runner = fakeRunner(1, (task) => {
      now += 2
      return { kind: 'done', outcome: fakeReplay(task) }
    })
    const outcome = outcomeOf(await refine(asked, swept, runner, { budget: { seconds: 9, now: () => now } }))
    expect(outcome).toMatchObject({ partial: true, refined: { chosen: first.length, unreached: first.length - 5 } })
    const front = [...swept.front.indexes]
    for (const index of runner.asked) expect(front).toContain(index)
  })

  it('are all done where it lasts', async () => {
    expect(outcomeOf(await refine(asked, swept, fakeRunner(), { budget: { seconds: 1, now: () => 7 } }))).toEqual(whole)
  })
})

describe('replays that are interrupted', () => {
  it('keep what they have and wait for no other', async () => {
    const abort = new AbortController()
    const never = { lanes: 2, replay: () => new Promise<never>(() => {}) }
    const waiting = refine(asked, swept, never, { signal: abort.signal })
    abort.abort()
    expect(outcomeOf(await waiting)).toMatchObject({ partial: true, front: swept.front, refined: { unreached: first.length } })
  })

  it('do not begin where that was before', async () => {
    const runner = fakeRunner()
    const outcome = outcomeOf(await refine(asked, swept, runner, { signal: AbortSignal.abort() }))
    expect([runner.asked, outcome.partial, outcome.meeting]).toEqual([[], true, swept.meeting])
  })
})

describe('a replay whose thread dies', () => {
  const dying = (times: number) => {
    let deaths = 0
    const at = swept.front.indexes[2]!
    return fakeRunner(2, (task) =>
      task.index === at && deaths++ < times ? { kind: 'died', message: 'worker exited' } : { kind: 'done', outcome: fakeReplay(task) },
    )
  }

  it('is tried once more', async () => {
    expect(outcomeOf(await refine(asked, swept, dying(1)))).toEqual(whole)
  })

  it('fails the run the second time, with the plan', async () => {
    const from = swept.front.indexes[2]!
    expect(await refine(asked, swept, dying(2))).toEqual({ kind: 'failed', range: { from, to: from + 1 }, message: 'worker exited' })
  })

  it('is not mistaken for one that ends in a bug', async () => {
    const buggy = { lanes: 2, replay: () => Promise.reject(new Error('a bug')) }
    await expect(refine(asked, swept, buggy)).rejects.toThrow('a bug')
  })
})

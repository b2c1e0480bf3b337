import { describe, expect, it } from 'vitest'
import { hashOf } from '../../optimizer/hash.ts'
import { localRunner, type Runner } from '../../optimizer/runner.ts'
import { makeFlags, searchRange } from '../../optimizer/search-range.ts'
import { type RunEnd, type SweepOptions, sweep } from '../../optimizer/sweep.ts'
import { fakeSearch, noReplays, scatter } from './fake-search.ts'

const size = 12_345
const search = fakeSearch(size)
const flagsOf = makeFlags
type Searcher = Pick<Runner, 'lanes' | 'run'>

async function local(length: number, options: SweepOptions = {}): Promise<RunEnd> {
  const flags = flagsOf()
  return sweep(
    { size, length, objectives: search.objectives, limits: search.limits },
    localRunner(search, flags, noReplays),
    flags,
    options,
  )
}

/** Answers out of order, as threads do. */
function jumbled(lanes: number): { readonly runner: Searcher; readonly flags: Int32Array } {
  const flags = flagsOf()
  const runner: Searcher = {
    lanes,
    run: async (range) => {
      for (let turn = 0; turn < 1 + scatter(range.from, 7919) * 20; turn++) await Promise.resolve()
      return { kind: 'done', outcome: searchRange(search, range, flags) }
    },
  }
  return { runner, flags }
}

function outcomeOf(end: RunEnd) {
  if (end.kind === 'failed') throw new Error(end.message)
  return end.outcome
}

/** Kept plans end to end, as the ranges they came in do not matter; hashed, to keep differences readable. */
function comparable(end: RunEnd) {
  const { kept, ...rest } = outcomeOf(end)
  return {
    ...rest,
    kept: kept.kind === 'all' ? hashOf([kept.tables.flatMap((t) => [...t.indexes]), kept.tables.flatMap((t) => [...t.rows])]) : kept,
  }
}

describe('a sweep', () => {
  it('ends the same however it is cut into ranges and in whatever order they end', async () => {
    const expected = comparable(await local(1024))
    expect(comparable(await local(size))).toEqual(expected)
    for (const [lanes, length] of [
      [1, 333],
      [2, 512],
      [8, 100],
    ] as const) {
      const { runner, flags } = jumbled(lanes)
      expect(comparable(await sweep({ size, length, objectives: search.objectives, limits: search.limits }, runner, flags))).toEqual(
        expected,
      )
    }
  })

  it('accounts for every plan of the space, most frequent reason first', async () => {
    const { total, decided, partial, meeting, counts } = outcomeOf(await local(1024))
    expect({ total, decided, partial }).toEqual({ total: size, decided: size, partial: false })
    expect(meeting + counts.reduce((sum, count) => sum + count.plans, 0)).toBe(size)
    const plans = counts.map((count) => count.plans)
    expect(plans).toEqual(plans.toSorted((a, b) => b - a))
  })

  it('reports progress up to the whole space', async () => {
    const seen: number[] = []
    await local(1024, { onProgress: (done, total) => seen.push(done / total) })
    expect(seen.at(-1)).toBe(1)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen).toHaveLength(Math.ceil(size / 1024))
  })

  it('gives a partial result when it is aborted: exact for the plans it decided', async () => {
    const abort = new AbortController()
    const end = await local(1024, { signal: abort.signal, onProgress: (done) => done >= 3072 && abort.abort() })
    const { partial, decided, front } = outcomeOf(end)
    expect({ partial, decided }).toEqual({ partial: true, decided: 3072 })
    expect(front).toEqual(searchRange(search, { from: 0, to: 3072 }, flagsOf()).front)
  })

  it('decides nothing when it was aborted before it began', async () => {
    expect(outcomeOf(await local(1024, { signal: AbortSignal.abort() }))).toMatchObject({ partial: true, decided: 0, evaluated: 0 })
  })

  it('keeps the front alone once plans take more bytes than allowed, and says so', async () => {
    const expected = outcomeOf(await local(1024))
    const lean = outcomeOf(await local(1024, { keepBytes: 1_000_000 }))
    expect(lean.kept).toMatchObject({ kind: 'front-only', most: 1_000_000 })
    expect({ ...lean, kept: expected.kept }).toEqual(expected)
  })
})

describe('a sweep whose runner dies', () => {
  const dying = (times: number, at: number) => {
    const { runner, flags } = jumbled(2)
    let deaths = 0
    const run: Searcher['run'] = async (range) =>
      range.from === at && deaths++ < times ? { kind: 'died', message: 'worker exited with code: 9' } : runner.run(range)
    return sweep({ size, length: 1024, objectives: search.objectives, limits: search.limits }, { ...runner, run }, flags)
  }

  it('tries the range once more', async () => {
    expect(comparable(await dying(1, 2048))).toEqual(comparable(await local(1024)))
  })

  it('fails the second time, with the range', async () => {
    expect(await dying(2, 2048)).toEqual({ kind: 'failed', range: { from: 2048, to: 3072 }, message: 'worker exited with code: 9' })
  })

  it('passes a bug on, as the error it was', async () => {
    const { runner, flags } = jumbled(2)
    const run: Searcher['run'] = async (range) => {
      if (range.from === 4096) throw new Error('a bug')
      return runner.run(range)
    }
    await expect(
      sweep({ size, length: 1024, objectives: search.objectives, limits: search.limits }, { ...runner, run }, flags),
    ).rejects.toThrow('a bug')
  })
})

import { describe, expect, it } from 'vitest'
import { poolRunner, type WorkerInput } from '../../optimizer/pool.ts'
import { localRunner } from '../../optimizer/runner.ts'
import type { Setting } from '../../optimizer/setting.ts'
import { type RunEnd, type SweepOptions, sweep } from '../../optimizer/sweep.ts'
import { fakeSearch, noReplays } from './fake-search.ts'
import { deathWord, type FakeSetting } from './workers/fake-worker.ts'

const size = 20_000
const { objectives, limits } = fakeSearch(size)
const job = { size, length: 1024, objectives, limits }
const fakeWorker = new URL('./workers/fake-worker.ts', import.meta.url)
const flagsOf = () => new Int32Array(new SharedArrayBuffer((deathWord + 1) * 4))

async function pooled(workers: number, fake: Partial<FakeSetting> = {}, options: SweepOptions = {}, module = fakeWorker): Promise<RunEnd> {
  const flags = flagsOf()
  const input: WorkerInput = { setting: { size, ...fake } as unknown as Setting, flags }
  const runner = poolRunner(input, workers, module)
  try {
    return await sweep(job, runner, flags, options)
  } finally {
    await runner.close()
  }
}

async function local(): Promise<RunEnd> {
  const flags = flagsOf()
  return sweep(job, localRunner(fakeSearch(size), flags, noReplays), flags)
}

/** Byte for byte, what a file would be written from. */
function written(end: RunEnd): string {
  return JSON.stringify(end, (_, value: unknown) =>
    value instanceof Float64Array ? Buffer.from(value.slice().buffer).toString('base64') : value,
  )
}

describe('a sweep on worker threads', () => {
  it('gives the same bytes with one, two and eight workers as without any', async () => {
    const expected = written(await local())
    for (const workers of [1, 2, 8]) expect(written(await pooled(workers)) === expected).toBe(true)
  })

  it('survives a worker that dies once', async () => {
    expect(written(await pooled(2, { at: 3072, deaths: 1 })) === written(await local())).toBe(true)
  })

  it('fails with the range where a worker dies twice', async () => {
    expect(await pooled(2, { at: 3072, deaths: 2 })).toEqual({
      kind: 'failed',
      range: { from: 3072, to: 4096 },
      message: 'worker exited with code: 9',
    })
  })

  it('passes on the error of a bug in a worker', async () => {
    await expect(pooled(2, { at: 3072, throws: true })).rejects.toThrow('a bug at 3072')
  })

  it('ends early with a partial result when it is aborted', async () => {
    const abort = new AbortController()
    const end = await pooled(2, {}, { signal: abort.signal, onProgress: () => abort.abort() })
    expect(end).toMatchObject({ kind: 'done', outcome: { partial: true, total: size } })
    expect(end.kind === 'done' && end.outcome.decided).toBeGreaterThan(0)
  })

  it('rejects rather than waits where workers cannot start', async () => {
    const missing = new URL('./workers/no-such-worker.ts', import.meta.url)
    await expect(pooled(1, {}, {}, missing)).rejects.toThrow('no-such-worker.ts')
  })
})

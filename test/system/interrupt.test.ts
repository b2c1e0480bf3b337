import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Result, resultSchema } from '../../optimizer/result-schema.ts'
import { contents, emptyFolder, write } from '../e2e/run.ts'
import { studyText } from '../optimizer/written.ts'
import { fleetfront } from './process.ts'

const folder = emptyFolder()
const small = write(folder, 'small.yaml', studyText())
// Some millions of plans: minutes of search, so that a signal comes in the middle of it.
const axes = '{ weights: [bf16, fp8], kv: [bf16, fp8], batch: { from: 1, to: 4096 }, chunk: { from: 1024, to: 16384, step: 256 } }'
const large = write(folder, 'large.yaml', studyText({ name: 'large', axes }))
// Some hundred thousand: seconds of writing.
const medium = write(folder, 'medium.yaml', studyText({ axes: axes.replace('4096', '512').replace('256 }', '4096 }') }))

const sweep = (study: string, out: string, ...flags: readonly string[]) =>
  fleetfront(['sweep', study, '--out', join(folder, out), ...flags])
const resultOf = (out: string): Result => resultSchema.parse(JSON.parse(readFileSync(join(folder, out, 'result.json'), 'utf8')))
const hidden = () => readdirSync(folder).filter((name) => name.startsWith('.'))

describe('a sweep that gets a signal', () => {
  it.each([
    ['SIGINT', ['--keep', '1 GiB'], ['front.csv', 'plans.csv', 'report.html', 'result.json']],
    ['SIGTERM', ['--front-only'], ['front.csv', 'report.html', 'result.json']],
  ] as const)('writes what it has after %s, marked partial, and exits with 4', async (signal, flags, files) => {
    const running = sweep(large, signal, '--workers', '1', ...flags)
    await running.said(/plans .* ETA/)
    running.child.kill(signal)
    const { code, out, err } = await running.ended
    expect([code, out.split('\n')[0]]).toEqual([4, 'large'])
    expect(out).toMatch(/note: Partial: the run was ended after [\d,]+ of [\d,]+ plans\./)
    expect(err).toMatch(/wrote .* in [\d.]+ s\n$/)
    const { partial, counts, front, recommended } = resultOf(signal)
    expect([partial, counts.decided > 0, counts.decided < counts.total]).toEqual([true, true, true])
    expect([front.length > 0, recommended.length > 0]).toEqual([true, true])
    expect(readdirSync(join(folder, signal)).sort()).toEqual(files)
    expect(hidden()).toEqual([])
  })

  it('writes what was replayed by then, and the closed form of the rest', async () => {
    const running = sweep('gpt-oss-120b-on-8-b200', 'replays', '--fidelity', 'replay', '--workers', '2')
    await running.said(/replays .* ETA/)
    running.child.kill('SIGINT')
    const { code, out } = await running.ended
    expect(code).toBe(4)
    expect(out).toMatch(/note: Partial: [\d,]+ of [\d,]+ plans were replayed before the run was ended/)
    const { partial, counts, replay } = resultOf('replays')
    expect([partial, counts.decided, replay!.replayed > 0, replay!.unreached > 0]).toEqual([true, counts.total, true, true])
    expect(hidden()).toEqual([])
  })

  it('leaves a partial result that the next sweep replaces', async () => {
    expect(resultOf('SIGINT').partial).toBe(true)
    expect((await sweep(small, 'SIGINT').ended).code).toBe(0)
    expect(resultOf('SIGINT')).toMatchObject({ partial: false, study: { name: 'test study' } })
    expect(hidden()).toEqual([])
  })

  it('ends at once at a second one', async () => {
    const running = sweep(large, 'twice', '--keep', '1 GiB')
    await running.said(/plans .* ETA/)
    running.child.kill('SIGINT')
    // Long before half a million plans are written.
    await new Promise((resolve) => setTimeout(resolve, 200))
    running.child.kill('SIGINT')
    expect((await running.ended).signal).toBe('SIGINT')
    expect(existsSync(join(folder, 'twice'))).toBe(false)
  })
})

describe('a sweep that is killed', () => {
  it('leaves the earlier result as it was, while it searches and while it writes', async () => {
    await sweep(small, 'old').ended
    const old = contents(join(folder, 'old'))
    const searching = sweep(large, 'old', '--front-only')
    await searching.said(/plans .* ETA/)
    searching.child.kill('SIGKILL')
    expect((await searching.ended).signal).toBe('SIGKILL')
    expect(contents(join(folder, 'old'))).toEqual(old)

    const writing = sweep(medium, 'old', '--keep', '1 GiB')
    const half = join(folder, '.old-new-1/plans.csv')
    while (!existsSync(half)) await new Promise((resolve) => setTimeout(resolve, 5))
    writing.child.kill('SIGKILL')
    expect((await writing.ended).signal).toBe('SIGKILL')
    expect(existsSync(half)).toBe(true)
    expect(contents(join(folder, 'old'))).toEqual(old)
  })

  it('does not hinder the next one', async () => {
    expect((await sweep(small, 'old', '--price', 'h100-sxm=1').ended).code).toBe(0)
    expect(resultOf('old').resolved.pools[0]!.price!.usdPerGpuHour).toBe(1)
  })
})

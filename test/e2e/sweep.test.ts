import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { resultSchema } from '../../optimizer/result-schema.ts'
import { csvHeader } from '../../reports/csv.ts'
import { studyText } from '../optimizer/written.ts'
import { clock, contents, emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()
const study = write(folder, 'study.yaml', studyText({ axes: '{ weights: fp8, kv: fp8, batch: { from: 1, to: 64, factor: 1.3 } }' }))
const files = ['front.csv', 'plans.csv', 'report.html', 'result.json']

/** Sweeps into a folder of that name and reads what was written. */
async function swept(name: string, ...flags: readonly string[]) {
  const ran = await run(['sweep', study, '--out', join(folder, name), ...flags])
  return { ...ran, files: contents(join(folder, name)) }
}

const first = await swept('first')
const result = resultSchema.parse(JSON.parse(first.files['result.json']!))
const table = (name: string) => first.files[name]!.trimEnd().split('\n')

describe('a sweep', () => {
  it('writes the front, every plan, the result and a page, and exits with 0', () => {
    expect(Object.keys(first.files).sort()).toEqual(files)
    expect(first.code).toBe(0)
    expect(contents(folder)).not.toHaveProperty(['.first-new-1/'])
  })

  it('says on stdout what to deploy and why, and on stderr where the files are', () => {
    const [best] = result.recommended
    expect(first.out).toContain(`${best!.goal}: ${best!.plan}\n  ${best!.why}\n`)
    expect(first.out).toContain('TTFT <= 2 s, TPOT <= 50 ms')
    expect(first.out).toMatch(/price +h100-sxm \$2\.95\/h \(median, .+, 2026-05-20\)/)
    expect(first.err).toBe(`wrote ${join(folder, 'first')} in 0.0 s\n`)
  })

  it('says how sure its recommendations are, and --robust takes none whose band reaches beyond an SLO', async () => {
    expect(first.out).toMatch(/^ {2}80 % bands \([a-z-]+\): TTFT .+, TPOT .+; on the front with a chance of .+ %; meets every limit/m)
    for (const { values } of result.front) expect([values.p_front, values.p_slo]).toEqual([expect.any(Number), expect.any(Number)])
    const robust = await swept('robust', '--robust')
    const sure = resultSchema.parse(JSON.parse(robust.files['result.json']!))
    expect(sure.counts.meeting).toBeLessThan(result.counts.meeting)
    for (const { values } of sure.front) expect(values.tpot_ms_hi80).toBeLessThanOrEqual(50)
    expect(robust.out).toContain('TPOT <= 50 ms at the pessimistic end of its 80 % band')
  })

  it('agrees with itself across its files', () => {
    const { counts, front } = result
    const rejected = counts.byReason.reduce((sum, { plans }) => sum + plans, 0)
    expect(counts.meeting + rejected).toBe(counts.total)
    expect(counts.total).toBeGreaterThan(100)
    const identities = table('front.csv').map((line) => /^"([^"]*)",(\d+),ok,/.exec(line)?.slice(1))
    expect(identities.slice(1)).toEqual(front.map(({ plan, index }) => [plan, String(index)]))
    expect(table('plans.csv')).toEqual(expect.arrayContaining(table('front.csv')))
    expect(table('plans.csv')[0]).toBe(csvHeader.join(','))
    expect(first.files['report.html']).toContain(`<code>${result.recommended[0]!.plan.replaceAll('&', '&amp;')}</code>`)
  })

  it('prints result.json with --json, which the printed schema accepts', async () => {
    const { out, code } = await swept('json', '--json')
    expect([out, code]).toEqual([first.files['result.json'], 0])
    const schema = z.fromJSONSchema(JSON.parse((await run(['schema', 'result'])).out))
    expect(() => schema.parse(JSON.parse(out))).not.toThrow()
    expect(() => schema.parse({ ...JSON.parse(out), seconds: 3 })).toThrow()
  })

  it('replaces an earlier result, and leaves nothing else behind', async () => {
    await swept('again', '--price', 'h100-sxm=1')
    const { files: again, code } = await swept('again')
    expect(code).toBe(0)
    expect(again['result.json'] === first.files['result.json']).toBe(true)
    expect(Object.keys(contents(folder)).filter((path) => path.startsWith('.'))).toEqual([])
  })

  it('keeps the front alone with --front-only', async () => {
    const { files: kept, out } = await swept('front-only', '--front-only')
    expect(Object.keys(kept).sort()).toEqual(['front.csv', 'report.html', 'result.json'])
    // What might take a plan's place is not kept, so how likely it is on the front is not known.
    const fromEnd = csvHeader.indexOf('p_front') - csvHeader.length
    const lines = (text: string) => text.split('\n').map((line) => line.split(',').toSpliced(fromEnd, 1).join())
    expect(lines(kept['front.csv']!)).toEqual(lines(first.files['front.csv']!))
    expect(resultSchema.parse(JSON.parse(kept['result.json']!)).kept).toBe('front-only')
    expect(out).toContain('note: Only the front was kept')
  })

  it('keeps every plan only up to the memory that --keep allows', async () => {
    const { files: kept } = await swept('keep-little', '--keep', '1 KiB')
    expect(Object.keys(kept).sort()).toEqual(['front.csv', 'report.html', 'result.json'])
    const { files: all } = await swept('keep-much', '--keep', '1 GiB')
    expect(all['plans.csv'] === first.files['plans.csv']).toBe(true)
  })

  it('ends early when it is asked to, with what it has, marked partial, and exits with 4', async () => {
    const out = join(folder, 'partial')
    const ran = await run(['sweep', study, '--out', out], { signal: AbortSignal.abort('SIGINT') })
    expect(ran.code).toBe(4)
    expect(ran.out).toContain('note: Partial: the run was ended after 0 of ')
    const partial = resultSchema.parse(JSON.parse(contents(out)['result.json']!))
    expect(partial).toMatchObject({ partial: true, counts: { decided: 0, total: result.counts.total }, front: [] })
    expect(contents(out)['report.html']).toContain('Partial: the run was ended')
  })
})

describe('outputs of a sweep', () => {
  afterEach(() => vi.useRealTimers())

  it('say nothing of when, where, for how long or by how many workers they were made', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2031-03-04T05:06:07Z') })
    const ran = await run(['sweep', study, '--out', join(folder, 'elsewhere/later'), '--workers', '1'], { now: clock(1000) })
    expect(ran.err).toContain('wrote')
    const later = contents(join(folder, 'elsewhere/later'))
    for (const name of files) {
      expect(later[name] === first.files[name], name).toBe(true)
      for (const word of [folder, '2031-03-04', 'study.yaml']) expect(later[name]!.includes(word), `${name}: ${word}`).toBe(false)
    }
  })
})

describe('progress of a sweep', () => {
  const line = /^(\[[#.]{24}\] +\d+ % {2}[\d.]+( k)? plans {2}[\d.]+( k)?\/s( {2}ETA \d+ s)?\n)+wrote .+ in \d+\.\d s\n$/

  it('is a line every few seconds on stderr', async () => {
    const { err, out } = await run(['sweep', study, '--out', join(folder, 'slow')], { now: clock(6) })
    expect(err).toMatch(line)
    expect(out).toBe(first.out)
  })

  it('is one line redrawn, and wiped at the end, on a terminal', async () => {
    const { err, out } = await run(['sweep', study, '--out', join(folder, 'slow')], { now: clock(6), terminal: true })
    const lines = err.split('\r\u001b[2K')
    expect(lines[0]).toBe('')
    expect(lines.slice(1, -1).length).toBeGreaterThan(0)
    for (const line of lines.slice(1, -1)) expect(line).toMatch(/^\[#+\.*\] +\d+ % {2}[^\n]+$/)
    expect(lines.at(-1)).toMatch(/^wrote [^\n]+\n$/)
    expect(out).toBe(first.out)
  })

  it('is nothing with --quiet', async () => {
    const ran = await run(['sweep', study, '--out', join(folder, 'slow'), '--quiet'], { now: clock(6), terminal: true })
    expect(ran).toEqual({ code: 0, out: first.out, err: '' })
  })
})

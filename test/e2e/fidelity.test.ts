import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resultSchema } from '../../optimizer/result-schema.ts'
import { studyText } from '../optimizer/written.ts'
import { refusal } from './refusal.ts'
import { clock, contents, emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()
const axes = '{ weights: fp8, kv: fp8, pp: 1, sp: 1, attentionDp: 1, dcp: 1, batch: [1, 8, 32, 64], chunk: [1024, 4096] }'
const study = write(folder, 'study.yaml', studyText({ axes }))
const inStudy = write(folder, 'in-study.yaml', studyText({ axes, fidelity: 'replay' }))

/** Sweeps into a folder of that name and reads what was written. */
async function swept(name: string, file: string, flags: readonly string[], world: Parameters<typeof run>[1] = {}) {
  const ran = await run(['sweep', file, '--workers', '0', '--out', join(folder, name), ...flags], world)
  const files = contents(join(folder, name))
  return { ...ran, files, result: resultSchema.parse(JSON.parse(files['result.json']!)) }
}

/** Cells of a table by column, one record per line. */
function records(csv: string): readonly Readonly<Record<string, string>>[] {
  const [head, ...lines] = csv.trimEnd().split('\n')
  const names = head!.split(',')
  return lines.map((line) => {
    const cells = line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    return Object.fromEntries(names.map((name, i) => [name, cells[i]!]))
  })
}

const closed = await swept('closed', study, [])
const replayed = await swept('replayed', study, ['--fidelity', 'replay'])

describe('a sweep with replays', () => {
  it('says how many plans were replayed, how far off the closed form was, and what that changed', () => {
    const { chosen, entered, left } = replayed.result.replay!
    expect(replayed.code).toBe(0)
    expect(replayed.out).toContain(`${chosen} of ${chosen} plans were replayed step by step`)
    expect(replayed.out).toMatch(new RegExp(`The front has \\d+ plans: ${entered.length} entered, ${left.length} left`))
    expect(replayed.out).toMatch(/^The recommendation (is the one of the closed form|changed)/m)
    expect(replayed.out).toMatch(/^ttft_ms +\d+ +[+-][\d.]+ % +[\d.]+ % +[\d.]+ % +[+-][\d.]+ %$/m)
  })

  it('marks each plan in the tables, with the gap of those that were replayed', () => {
    for (const name of ['front.csv', 'plans.csv']) {
      for (const { status, fidelity, ttft_gap_percent: gap } of records(replayed.files[name]!)) {
        expect(status === 'out-of-memory' ? '' : fidelity).toMatch(status === 'out-of-memory' ? /^$/ : /^(closed|replay)$/)
        expect(gap === '').toBe(fidelity !== 'replay')
      }
    }
    const marked = records(replayed.files['plans.csv']!).filter(({ fidelity }) => fidelity === 'replay')
    expect(marked).toHaveLength(replayed.result.replay!.replayed)
    expect(records(replayed.files['front.csv']!).every(({ fidelity }) => fidelity === 'replay')).toBe(true)
  })

  it('gives the plan the values of the closed form and of the gap between both', () => {
    const before = new Map(records(closed.files['plans.csv']!).map((row) => [row.plan, row]))
    for (const { plan, tpot_ms, tpot_gap_percent } of records(replayed.files['front.csv']!)) {
      const expected = Number(before.get(plan)!.tpot_ms) * (1 + Number(tpot_gap_percent) / 100)
      expect(Math.abs(Number(tpot_ms) / expected - 1)).toBeLessThan(1e-4)
    }
  })

  it('counts its plans so that they add up', () => {
    const { counts } = replayed.result
    expect(counts.meeting + counts.byReason.reduce((sum, { plans }) => sum + plans, 0)).toBe(counts.total)
    expect(records(replayed.files['plans.csv']!).filter(({ status }) => status === 'ok')).toHaveLength(counts.meeting)
  })

  it('shows the gaps on the page', () => {
    const page = replayed.files['report.html']!
    expect(page).toContain('<h2>Closed form against replay</h2>')
    expect(page).toContain(
      '<th title="where latencies, rates and what derives from them are from: the closed form, or a replay">fidelity</th>',
    )
    expect(page).toContain('"ttft_gap_percent"')
  })

  it('is what a study asks for by itself, and what a flag may refuse', async () => {
    const asked = await swept('asked', inStudy, [])
    for (const name of Object.keys(replayed.files)) expect(asked.files[name] === replayed.files[name], name).toBe(true)
    const refused = await swept('refused', inStudy, ['--fidelity', 'closed'])
    expect(refused.files['plans.csv'] === closed.files['plans.csv']).toBe(true)
    expect([refused.result.replay, refused.result.study.fidelity]).toEqual([null, 'closed'])
    expect(refused.files['report.html']).not.toContain('Closed form against replay')
  })

  it('leaves indexes and the hash that names them as they are', () => {
    expect(replayed.result.studyHash).toBe(closed.result.studyHash)
  })

  it('shows the replays as they go', async () => {
    const { err } = await swept('slow', study, ['--fidelity', 'replay'], { now: clock(6) })
    expect(err).toMatch(/^\[#+\.*\] +\d+ % {2}\d+ replays {2}/m)
  })
})

describe('a sweep whose replays are cut short', () => {
  it('by a budget writes what it has, marked partial, and exits with 4', async () => {
    const { code, out, result, files } = await swept('budget', study, ['--fidelity', 'replay', '--budget', '20 s'], { now: clock(6) })
    const { chosen, replayed: done, unreached } = result.replay!
    expect([code, result.partial, result.counts.decided]).toEqual([4, true, result.counts.total])
    expect([done > 0, unreached > 0, done + unreached]).toEqual([true, true, chosen])
    expect(out).toContain(`note: Partial: ${done} of ${chosen} plans were replayed before the run was ended or its budget spent`)
    expect(new Set(records(files['front.csv']!).map(({ fidelity }) => fidelity))).toEqual(new Set(['closed', 'replay']))
  })

  it('by nothing where the budget lasts: then the bytes are those without one', async () => {
    const { files, code } = await swept('enough', study, ['--fidelity', 'replay', '--budget', '1 h'])
    expect(code).toBe(0)
    for (const name of Object.keys(replayed.files)) expect(files[name] === replayed.files[name], name).toBe(true)
  })

  it('by a signal likewise', async () => {
    const abort = new AbortController()
    const err = (text: string) => {
      if (text.includes('replays')) abort.abort('SIGINT')
    }
    const { code, result } = await swept('signal', study, ['--fidelity', 'replay'], { now: clock(6), signal: abort.signal, err })
    expect([code, result.partial]).toEqual([4, true])
    expect(result.replay!.unreached).toBeGreaterThan(0)
    expect(result.front.length).toBeGreaterThan(0)
  })
})

describe('flags of replays', () => {
  const refused = (...flags: readonly string[]) => refusal(folder, ['sweep', study, ...flags])

  it.each([
    [['--fidelity', 'exact'], "option '--fidelity <kind>' argument 'exact' is invalid. Allowed choices are closed, replay."],
    [
      ['--fidelity', 'replay', '--budget', '30 MB'],
      `option '--budget <time>' argument '30 MB' is invalid. "30 MB" is not a time above 0, like 30 s.`,
    ],
    [['--fidelity', 'replay', '--budget', '0'], `option '--budget <time>' argument '0' is invalid. "0" is not a time above 0, like 30 s.`],
    [['--budget', '30 s'], '--budget: bounds the time of replays, and this sweep has none (add --fidelity replay)'],
  ])('%j', async (flags, message) => {
    expect(await refused(...flags)).toBe(message)
  })

  it('in a study are checked like its other words', async () => {
    const wrong = write(folder, 'wrong.yaml', studyText({ fidelity: 'replayed' }))
    expect(await refusal(folder, ['sweep', wrong])).toMatch(/fidelity: .*"?replay"?/)
  })

  it('do not make a gap something to limit or to aim at', async () => {
    const limited = write(folder, 'limited.yaml', studyText({ limits: '{ ttft_gap_percent: { max: 5 } }', fidelity: 'replay' }))
    expect(await refusal(folder, ['sweep', limited])).toMatch(
      /limits\.ttft_gap_percent: ttft_gap_percent is known only of plans that the search has found/,
    )
  })
})

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resultSchema } from '../../optimizer/result-schema.ts'
import { emptyFolder, write } from '../e2e/run.ts'
import { studyText } from '../optimizer/written.ts'
import { executablePath, openReport } from './browser.ts'
import { fleetfront, root, shell, start } from './process.ts'

const folder = emptyFolder()
const study = write(folder, 'study.yaml', studyText())

describe('the main job', () => {
  const out = join(folder, 'out/llama-3.3-70b-on-64-h100')

  it('runs without flags, exits with 0 and writes its folder below out/', async () => {
    const begun = performance.now()
    const { code, err } = await fleetfront(['sweep', 'llama-3.3-70b-on-64-h100'], { cwd: folder }).ended
    console.info(`the default study: exit code ${code}, ${((performance.now() - begun) / 1e3).toFixed(1)} s in all; ${err.trim()}`)
    expect(code).toBe(0)
    expect(readdirSync(out).sort()).toEqual(['front.csv', 'plans.csv', 'report.html', 'result.json'])
    expect(resultSchema.parse(JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'))).front.length).toBeGreaterThan(5)
  })

  it.skipIf(!executablePath)('shows its plans in a browser: offline, by layout, with the SLO, and each plan on hover', () =>
    openReport(join(out, 'report.html'), async (page, { requests, complaints }) => {
      expect(complaints).toEqual([])
      expect(requests).toEqual([expect.stringMatching(/^file:/)])
      const legend = await page.locator('.legendtext').allTextContents()
      expect(legend).toEqual(expect.arrayContaining(['front', 'recommended']))
      expect(legend.filter((name) => /\btp\d+/.test(name)).length).toBeGreaterThan(2)
      expect(await page.locator('#plot text').allTextContents()).toContain('TPOT <= 30 ms')
      expect(await page.locator('#plot canvas').count()).toBeGreaterThan(0)
      await page.locator('#plot').scrollIntoViewIfNeeded()
      for (const [x, y] of await page.evaluate(firstPoints)) {
        await page.mouse.move(x!, y!)
        await expect.poll(() => page.locator('.hoverlayer').textContent()).toMatch(/h100-sxm:r\d+\.pp\d+.*tpot_ms/)
      }
    }),
  )
})

/** Where the page shows the first point of every trace, in pixels. */
function firstPoints(): number[][] {
  interface Axis {
    readonly _offset: number
    d2p(value: number): number
  }
  const plot = document.getElementById('plot') as unknown as HTMLElement & {
    readonly data: readonly { readonly x: readonly number[]; readonly y: readonly number[] }[]
    readonly _fullLayout: { readonly xaxis: Axis; readonly yaxis: Axis }
  }
  const { xaxis, yaxis } = plot._fullLayout
  const { left, top } = plot.getBoundingClientRect()
  return plot.data.map(({ x, y }) => [left + xaxis._offset + xaxis.d2p(x[0]!), top + yaxis._offset + yaxis.d2p(y[0]!)])
}

describe('the program', () => {
  it('runs as `npx .` in the checkout', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const { code, out } = await start('npx', ['.', '--version']).ended
    expect([code, out]).toEqual([0, `${version}\n`])
  })

  it('takes a reader that has seen enough for no error, and keeps its exit code', async () => {
    expect(await shell('$FLEETFRONT catalog list | head -1')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^model \(\d+\)\n$/),
      err: '',
    })
    expect(await shell('$FLEETFRONT catalog list --json | true')).toMatchObject({ code: 0, err: '' })
    const hard = write(folder, 'hard.yaml', studyText({ slo: '{ tpot: 1 us }' }))
    expect(await shell(`$FLEETFRONT sweep ${hard} --out ${folder}/hard --quiet | true`)).toMatchObject({ code: 2, err: '' })
    expect(existsSync(join(folder, 'hard/result.json'))).toBe(true)
  })

  it.skipIf(!existsSync('/dev/full'))(
    'says in one line that its answer could not be written, and does not miss unread progress',
    async () => {
      const { code, err } = await shell('$FLEETFRONT catalog list > /dev/full')
      expect([code, err]).toEqual([1, 'error: cannot write to stdout: ENOSPC: no space left on device, write\n'])
      const { code: sweep } = await shell(`$FLEETFRONT sweep ${study} --out ${folder}/unread > ${folder}/summary 2> /dev/full`)
      expect([sweep, readFileSync(join(folder, 'summary'), 'utf8')]).toEqual([0, expect.stringMatching(/^test study\n/)])
    },
  )

  it('can run many times at once', async () => {
    const outs = ['a', 'b', 'c', 'd'].map((name) => join(folder, 'at-once', name))
    const ended = await Promise.all(outs.map((out) => fleetfront(['sweep', study, '--out', out, '--quiet']).ended))
    expect(ended.map(({ code, err }) => [code, err])).toEqual(outs.map(() => [0, '']))
    expect(readdirSync(join(folder, 'at-once')).sort()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('exits with 1 and one line, without a stack trace, where a study is wrong', async () => {
    const wrong = write(folder, 'wrong.yaml', studyText({ fleet: '[{ gpu: h100-sxm, gpus: 0 }]' }))
    expect(await fleetfront(['sweep', wrong], { cwd: emptyFolder() }).ended).toMatchObject({
      code: 1,
      out: '',
      err: `error: ${wrong}:3: fleet[0].gpus: must be more than 0, not 0\n`,
    })
  })
})

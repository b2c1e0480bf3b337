import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents, emptyFolder, run } from './run.ts'

const key = 'l40s:r1.pp2.sp1.adp1.tp2.dcp1.ep1.mtp2.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b16:c2048'
const unfit = 'l40s:r4.pp1.sp1.adp1.tp1.dcp1.ep1.mtp1.mdp1:w=bf16,a=bf16,kv=bf16,comm=bf16:b16:c999999'
const explain = ['explain', 'llama-3.1-8b-on-4-l40s', '--plan']

describe('explain', () => {
  it('with --html also draws a page, says where, and replaces it when run again', async () => {
    const folder = emptyFolder()
    const file = join(folder, 'plan.html')
    for (let i = 0; i < 2; i++) {
      const { out, err } = await run([...explain, key, '--html', file])
      expect(out).toMatch(new RegExp(`^${key}\\n`))
      expect(err).toBe(`wrote ${file}\n`)
    }
    expect(Object.keys(contents(folder))).toEqual(['plan.html'])
    const page = contents(folder)['plan.html']
    for (const part of [
      key,
      'llama-3.1-8b on 4 L40S',
      'PCIe',
      'all-reduce tp x2',
      'stage 1',
      '<svg class="graph',
      '<svg class="timeline"',
    ]) {
      expect(page).toContain(part)
    }
  })

  it('with --dot or --mermaid prints the graph of one phase or both, and nothing else', async () => {
    const dot = await run([...explain, key, '--dot'])
    expect([dot.err, dot.out.split('\n').at(-2)]).toEqual(['', '}'])
    expect(dot.out).toMatch(/^digraph "llama-3\.1-8b on 4 L40S: l40s:/)
    expect(dot.out).toMatch(/"prefill\/stage1\/hop\/hop\.send"[\s\S]*"decode\/stage1\/hop\/hop\.send"/)
    const mermaid = await run([...explain, key, '--mermaid', '--phase', 'decode'])
    expect(mermaid.err).toBe('')
    expect(mermaid.out).toMatch(/^flowchart TB\n/)
    expect(mermaid.out).not.toContain('prefill')
  })

  it('refuses in one line, with exit code 1, to write over a file that is not its own, or to print two formats at once', async () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'thesis.html'), 'precious')
    const over = await run([...explain, key, '--html', join(folder, 'thesis.html')])
    expect([over.code, over.out]).toEqual([1, ''])
    expect(over.err).toMatch(/^error: --html: .*thesis\.html exists and is not what fleetfront writes here; nothing was written.*\n$/)
    expect(contents(folder)).toEqual({ 'thesis.html': 'precious' })
    expect((await run([...explain, key, '--dot', '--mermaid'])).code).toBe(1)
  })

  it('draws nothing of a plan that does not run, and says so', async () => {
    const folder = emptyFolder()
    const { code, err } = await run([...explain, unfit, '--html', join(folder, 'plan.html')])
    expect([code, err]).toEqual([2, 'note: nothing is drawn: the plan does not run\n'])
    expect(contents(folder)).toEqual({})
  })
})

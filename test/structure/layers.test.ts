import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { imports, sources } from './tree.ts'

/** Folders from the innermost out: each may import itself and those before it. */
const order = ['spaces', 'cost-model', 'optimizer', 'reports']

/** The few files that touch the disk, the network or threads; everything else must run in a browser. */
const touching = [
  'spaces/read.ts',
  'spaces/package-root.ts',
  'spaces/catalog.ts',
  'optimizer/hash.ts',
  'optimizer/calibration.ts',
  'optimizer/tool.ts',
  'optimizer/pool.ts',
  'optimizer/worker.ts',
  'reports/write.ts',
  'reports/assets.ts',
  'cli.ts',
]

const product = sources().filter((s) => !s.path.startsWith('test/') && !s.path.endsWith('.config.ts'))

describe('the layers', () => {
  it('import in one direction: spaces <- cost-model <- optimizer <- reports <- cli.ts', () => {
    const wrong = product.flatMap(({ path, text }) => {
      const layer = order.indexOf(path.split('/')[0])
      if (layer < 0) return []
      return imports(text)
        .filter((name) => name.startsWith('.'))
        .map((name) => posix.join(posix.dirname(path), name))
        .filter((target) => order.indexOf(target.split('/')[0]) > layer || !target.includes('/'))
        .map((target) => `${path} -> ${target}`)
    })
    expect(wrong).toEqual([])
  })

  it('touch the disk, threads or the process only in the files named for it', () => {
    const wrong = product.filter((s) => imports(s.text).some((name) => name.startsWith('node:') || name === 'piscina'))
    expect(wrong.map((s) => s.path).filter((path) => !touching.includes(path))).toEqual([])
  })

  it('leave printing, exiting, arguments and the environment to cli.ts', () => {
    const wrong = product.filter(
      (s) => s.path !== 'cli.ts' && /\bconsole\.|process\.(exit|argv|env|stdout|stderr)|Date\.now|new Date\(\)|Math\.random/.test(s.text),
    )
    expect(wrong.map((s) => s.path)).toEqual([])
  })
})

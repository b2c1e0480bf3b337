import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { root } from './process.ts'

// What npm would publish of the built checkout.
describe('the package', () => {
  it('is at most 12 MB unpacked, without dependencies, and has the program, its catalogue and its constants', () => {
    const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' })
    const [{ unpackedSize, files }] = JSON.parse(stdout)
    expect(unpackedSize).toBeLessThanOrEqual(12e6)
    const names = files.map(({ path }: { path: string }) => path)
    for (const needed of ['dist/cli.js', 'dist/index.d.ts', 'cost-model/calibration/efficiency.json', 'LICENSE', 'NOTICE']) {
      expect(names).toContain(needed)
    }
    expect(names.some((name: string) => name.startsWith('spaces/catalog/gpus/'))).toBe(true)
    expect(names.filter((name: string) => /^test\/|\.test\./.test(name))).toEqual([])
  })
})

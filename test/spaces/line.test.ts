import { describe, expect, it } from 'vitest'
import { axesSchema } from '../../spaces/axes.ts'
import { makePool } from '../../spaces/fleet.ts'
import { makeLine } from '../../spaces/line.ts'
import { poolAxes } from '../../spaces/pool-axes.ts'
import { catalog, deepseek, h100s } from './inputs.ts'

describe('makeLine', () => {
  const line = (axes: object, pool = h100s()) => makeLine(pool, poolAxes(axesSchema.parse(axes), deepseek, pool), { path: ['axes'] })

  it('has a block for each number of replicas and stages, and a view for each factorisation of a stage', () => {
    const { blocks } = line({ replicas: [1, 2], dcp: 1 }, h100s(8))
    expect(blocks.map(({ replicas, pp, attention, experts }) => [replicas, pp, attention.length, experts.length])).toEqual([
      [1, 1, 4, 4],
      [1, 2, 3, 3],
      [1, 4, 2, 2],
      [1, 8, 1, 1],
      [2, 1, 3, 3],
      [2, 2, 2, 2],
      [2, 4, 1, 1],
    ])
  })

  it('holds common fleets with every width open', () => {
    const every = { sp: 'all', ffnTp: 'all', moeDp: 'all', redundantExperts: [0, 32] }
    const views = line(every, h100s(512)).blocks.reduce((sum, { attention, experts }) => sum + attention.length + experts.length, 0)
    expect(views).toBeGreaterThan(10_000)
  })

  it('refuses to list what would fill the memory', () => {
    // 720,720 has 240 divisors, more than any smaller number.
    const pool = makePool({ node: 'dgx-h100', gpus: 720_720 }, catalog)
    expect(line({}, pool).blocks.length).toBeGreaterThan(1000)
    expect(() => line({ sp: 'all', ffnTp: 'all' }, pool)).toThrow(
      'axes: the 720720 GPUs of pool "h100-sxm" have more than 500000 layouts of a stage on these axes (narrow a width: sp, dcp, ffnTp or redundantExperts)',
    )
  })
})

import type { Catalog } from '../spaces/catalog.ts'
import { makePool, type Pool } from '../spaces/fleet.ts'
import { InputError } from '../spaces/issue.ts'
import { inside, issueAt, type Where } from '../spaces/where.ts'
import type { Study } from './study.ts'

/** Dollars per GPU-hour by a GPU's name. */
export type Prices = Readonly<Record<string, number>>

/** More GPUs than the largest clusters have; more is a slip. */
const mostGpus = 2 ** 20

/** Pools of the fleet. A price is the command line's, the pool's, that of the study's `prices`, or the catalogue's. */
export function resolvePools({ fleet, prices }: Study, catalog: Catalog, where: Where, stated: Prices): readonly Pool[] {
  const ofStudy = byId(prices, catalog, inside(where, 'prices'))
  const ofCommand = byId(stated, catalog, { path: ['--price'] })
  const pools = fleet.map((spec, i) => {
    const pool = makePool(spec, catalog, inside(where, 'fleet', i))
    const commanded = ofCommand.get(pool.gpu.id)
    if (commanded !== undefined) return { ...pool, price: { usdPerGpuHour: commanded, source: '--price', date: 'undated' } }
    const studied = spec.price === undefined ? ofStudy.get(pool.gpu.id) : undefined
    return studied === undefined ? pool : { ...pool, price: { usdPerGpuHour: studied, source: 'prices of the study', date: 'undated' } }
  })
  const issues = pools.flatMap((pool, i) => {
    const problem = problemOf(pool, pools.slice(0, i))
    return problem === undefined ? [] : [issueAt(inside(where, 'fleet', i, ...problem.steps), problem)]
  })
  if (issues.length > 0) throw new InputError(issues)
  return pools
}

function problemOf({ id, gpus }: Pool, earlier: readonly Pool[]) {
  if (gpus > mostGpus) return { steps: ['gpus'], code: 'out-of-range', message: `must be at most ${mostGpus} GPUs, not ${gpus}` }
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(id)) {
    return { steps: ['id'], code: 'invalid', message: `"${id}" must be letters, digits, dots, hyphens and underscores` }
  }
  if (!earlier.some((other) => other.id === id)) return undefined
  return { steps: [], code: 'conflict', message: `a second pool is called "${id}"`, suggestion: 'give each pool an id of its own' }
}

function byId(prices: Prices, catalog: Catalog, where: Where): ReadonlyMap<string, number> {
  return new Map(Object.entries(prices).map(([name, price]) => [catalog.gpu(name, inside(where, name)).id, price]))
}

import { z } from 'zod'
import { type Axes, axesSchema, countAxis } from './axes.ts'
import type { Axis } from './axis.ts'
import type { Pool } from './fleet.ts'
import { InputError } from './issue.ts'
import { makeLine } from './line.ts'
import type { ColocatedPlan } from './plan.ts'
import { poolAxes, type SpaceInputs } from './pool-axes.ts'
import type { Reason } from './reason.ts'
import { type Space, spaceOfLines } from './space.ts'
import { didYouMean } from './suggest.ts'
import { inside, issueAt, type Where } from './where.ts'
import { workerPool, workerSizes } from './worker-pool.ts'

/** One side of separate workers as a study writes it. */
export const workerSchema = z.strictObject({
  /** Pools of the fleet that such workers may be on; absent: every one. */
  pools: z.array(z.string()).min(1).optional(),
  /** GPUs of one worker; absent: parts of a node that divide it, and 1, 2, 4, 8, ... nodes; `all`: any number of nodes. */
  gpus: axesSchema.shape.batch,
  /** Instead of the study's axes, where they differ. */
  axes: axesSchema.default({}),
  /** How many; `all`: any number of which no further one fits. */
  workers: axesSchema.shape.batch,
})
export type WorkerSpec = z.output<typeof workerSchema>

/** Prompts that a prefill worker holds at once unless a study says otherwise: enough to fill its steps and the links behind it. */
const promptsHeld = 64

/** Workers of one phase, on any number of a pool's GPUs that a worker may have, and how many of them there may be. */
export interface WorkerSpace extends Space {
  readonly counts: Axis<number>
  /** No further worker may fit. */
  readonly fills: boolean
}

/**
 * The common axes hold for both sides, but: a worker is one replica, of one stage where the connector knows no others; a prefill worker's batch, the
 * prompts it holds, is not the requests that decode, and its KV is not cut by tokens (dcp); a decode worker's chunk, the token budget of steps
 * without prompts, is the engine's own. InputError for pools that the fleet has not, and
 * where no worker can be laid out.
 */
export function workerSpace(
  inputs: SpaceInputs,
  common: Axes,
  role: 'prefill' | 'decode',
  spec: WorkerSpec,
  where: Where = {},
): WorkerSpace {
  const { batch, chunk, ...widths } = common
  const own: Axes = role === 'prefill' ? { ...widths, dcp: 1, chunk, batch: promptsHeld } : { ...widths, batch }
  const stages = inputs.engine.disaggregation?.pipeline === 'none' && own.pp === undefined ? { pp: 1 } : {}
  const axes: Axes = { ...own, ...stages, ...spec.axes, replicas: 1 }
  const at = inside(where, 'axes')
  const pools = chosenPools(inputs.pools, spec, where)
  const lines = pools
    .flatMap((pool) => sizesOf(pool, spec).map((gpus) => workerPool(pool, gpus)))
    .map((pool) => makeLine(pool, poolAxes(axes, inputs, pool, at), at))
    .filter(({ blocks }) => blocks.length > 0)
  if (lines.length === 0) {
    const message =
      'no widths on these axes make a worker: pp x attentionDp x sp x tp must be a part of a node that divides it, or whole nodes'
    throw new InputError(issueAt(at, { code: 'empty-space', message, suggestion: 'leave a width out, or write "all"' }))
  }
  const smallest = Math.min(...lines.map(({ pool }) => pool.gpus))
  const most = Math.floor(Math.max(...pools.map(({ gpus }) => gpus)) / smallest)
  const all = Array.from({ length: most }, (_, i) => i + 1)
  const fills = spec.workers === undefined || spec.workers === 'all'
  const counts = countAxis(spec.workers ?? 'all', all)
  if (counts.size === 0) throw new InputError(issueAt(inside(where, 'workers'), { code: 'empty-axis', message: 'has no values' }))
  return { ...spaceOfLines({ ...inputs, pools, role }, lines, at), counts, fills }
}

function sizesOf(pool: Pool, { gpus }: WorkerSpec): readonly number[] {
  const sizes = workerSizes(pool)
  if (gpus === undefined) return sizes.filter((size) => size < pool.gpusPerNode || Number.isInteger(Math.log2(size / pool.gpusPerNode)))
  const axis = countAxis(gpus, sizes)
  return sizes.filter((size) => axis.indexOf(size) >= 0)
}

function chosenPools(pools: readonly Pool[], { pools: named }: WorkerSpec, where: Where): readonly Pool[] {
  if (named === undefined) return pools
  return named.map((id, i) => {
    const found = pools.find((pool) => pool.id === id)
    if (found !== undefined) return found
    const ids = pools.map((pool) => pool.id)
    const suggestion = didYouMean(id, ids) ?? `known: ${ids.join(', ')}`
    throw new InputError(issueAt(inside(where, 'pools', i), { code: 'unknown-name', message: `unknown pool "${id}"`, suggestion }))
  })
}

/** A stretch of a space: one legal plan, or plans that a reason condemns. */
export type Stretch =
  | { readonly from: number; readonly to: number; readonly plan: ColocatedPlan }
  | { readonly from: number; readonly to: number; readonly plan: undefined; readonly reason: Reason }

/** More legal workers of one phase than this are not held. */
const mostWorkers = 100_000

/** All of a space in order, legal plans as objects that stay the same. InputError where there are too many to hold. */
export function stretchesOf(space: Space, where: Where = {}): readonly Stretch[] {
  const stretches: Stretch[] = []
  let legal = 0
  const onPlan = (index: number, plan: ColocatedPlan) => {
    if (legal++ < mostWorkers) stretches.push({ from: index, to: index + 1, plan })
  }
  space.walk(0, space.size, onPlan, (from, to, reason) => stretches.push({ from, to, plan: undefined, reason }))
  if (legal <= mostWorkers) return stretches
  const message = `${legal} legal workers are more than the ${mostWorkers} that are paired`
  throw new InputError(issueAt(inside(where, 'axes'), { code: 'space-too-large', message, suggestion: 'narrow a width, batch or chunk' }))
}

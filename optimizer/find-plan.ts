import { InputError } from '../spaces/issue.ts'
import { parsePlanKey } from '../spaces/parse-plan-key.ts'
import type { Plan } from '../spaces/plan.ts'
import { didYouMean } from '../spaces/suggest.ts'
import { poolNamed } from './estimate.ts'
import type { Outcome } from './outcome.ts'
import { studySpace } from './plan-space.ts'
import { choose } from './recommend.ts'
import { type RunOptions, runStudy } from './run.ts'
import type { Setting } from './setting.ts'
import type { RunEnd } from './sweep.ts'

/** A plan of a study that a person asked for. */
export interface FoundPlan<P extends Plan = Plan> {
  readonly kind: 'found'
  readonly plan: P
  /** Its number in the study's space; undefined where the space does not hold it. */
  readonly index: number | undefined
  /** How `best` chose it. */
  readonly why: string | undefined
  /** The search was interrupted: a better one may exist. */
  readonly partial: boolean
}

/** `none`: no plan of the study can run, and what stands against most of them. */
export type PlanSearch =
  | FoundPlan
  | { readonly kind: 'none'; readonly message: string; readonly partial: boolean }
  | Extract<RunEnd, { readonly kind: 'failed' }>

/**
 * The plan that a person names: a plan key, an index of the study's space (`1234`, or `1234@` and the first letters of the study's hash,
 * which must then be this study's), or `best`: the first that a sweep recommends, else the one that misses by least. InputError, at
 * `path`, for a name that names nothing.
 */
export async function findPlan(setting: Setting, name: string, options: RunOptions = {}, path = 'plan'): Promise<PlanSearch> {
  if (name === 'best') return findBest(setting, options)
  const space = studySpace(setting)
  const [, index, hash] = /^(\d+)(?:@(.*))?$/.exec(name) ?? []
  if (index !== undefined) {
    checkHash(setting, hash, path)
    const at = checkIndex(Number(index), space.size, path)
    return found(space.at(at), at)
  }
  const plan = keyed(name, path)
  for (const worker of plan.kind === 'colocated' ? [plan] : [plan.prefill, plan.decode]) poolNamed(worker, setting.scenario.pools, path)
  const at = space.indexOf(plan)
  return found(plan, at < 0 ? undefined : at)
}

function found(plan: Plan, index: number | undefined, why?: string, partial = false): FoundPlan {
  return { kind: 'found', plan, index, why, partial }
}

async function findBest(setting: Setting, options: RunOptions): Promise<PlanSearch> {
  const end = await runStudy(setting, { ...options, keepBytes: 0 })
  if (end.kind === 'failed') return end
  const best = bestOf(setting, end.outcome)
  const { partial, counts } = end.outcome
  if (best === undefined) {
    const message = partial ? 'interrupted before any plan was found' : `no plan can run: ${counts[0]?.example ?? 'the space is empty'}`
    return { kind: 'none', message, partial }
  }
  return found(studySpace(setting).at(best.index), best.index, best.why, partial)
}

function bestOf({ objectives, limits }: Setting, outcome: Outcome): { readonly index: number; readonly why: string } | undefined {
  const [first] = choose(objectives, limits, outcome)
  if (first !== undefined) return first
  const { nearest, nearestFit } = outcome
  if (nearest !== null)
    return { index: nearest.index, why: `no plan meets every limit; this one misses by least: ${nearest.reason.message}` }
  return nearestFit === null ? undefined : { index: nearestFit.index, why: 'no plan fits in memory; this one lacks least' }
}

function keyed(name: string, path: string): Plan {
  if (!name.includes(':')) {
    const message = `"${name}" is neither a plan key nor an index nor "best"`
    throw new InputError({
      path,
      code: 'unknown-name',
      message,
      suggestion: didYouMean(name, ['best']) ?? 'front.csv and result.json list keys',
    })
  }
  return parsePlanKey(name, path)
}

function checkIndex(index: number, size: number, path: string): number {
  if (index < size) return index
  const message = `no plan ${index}: the study has ${size} plans, numbered 0 to ${size - 1}`
  throw new InputError({ path, code: 'out-of-range', message })
}

/** Fewer letters of a hash than this say little. */
const leastHash = 4

function checkHash({ studyHash }: Setting, hash: string | undefined, path: string): void {
  if (hash === undefined) return
  if (!new RegExp(`^[0-9a-f]{${leastHash},64}$`).test(hash)) {
    const message = `"@${hash}" is not a study's hash: ${leastHash} to 64 letters and digits from 0-9a-f`
    throw new InputError({ path, code: 'syntax', message })
  }
  if (studyHash.startsWith(hash)) return
  const message = `the index is of another study: its hash begins with ${hash}, this one's with ${studyHash.slice(0, hash.length)}`
  throw new InputError({ path, code: 'conflict', message, suggestion: 'a plan key names a plan in any study' })
}

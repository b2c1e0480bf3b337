import type { Axes } from './axes.ts'
import { InputError } from './issue.ts'
import type { DisaggregatedPlan, Plan } from './plan.ts'
import type { SpaceInputs } from './pool-axes.ts'
import { inside, issueAt, type Where } from './where.ts'
import { type WorkerSpace, type WorkerSpec, workerSpace } from './worker-space.ts'

/** Both sides of separate workers as a study writes them. */
export interface PairSpec {
  readonly prefill: WorkerSpec
  readonly decode: WorkerSpec
}

/** Every prefill worker with every decode worker and every number of each, as a number line: the number of prefill workers varies fastest. */
export interface PairSpace {
  readonly size: number
  readonly prefill: WorkerSpace
  readonly decode: WorkerSpace
  /** Plans that one step of the prefill worker, the decode worker, the number of decode workers passes. */
  readonly strides: readonly [prefill: number, decode: number, decodeWorkers: number]
  at(index: number): DisaggregatedPlan
  /** -1 where the space does not hold the plan. */
  indexOf(plan: Plan): number
}

/** InputError, at `where` (of the study), for what `workerSpace` refuses and for more pairs than numbers count exactly. */
export function makePairSpace(inputs: SpaceInputs, common: Axes, spec: PairSpec, where: Where = {}): PairSpace {
  const prefill = workerSpace(inputs, common, 'prefill', spec.prefill, inside(where, 'prefill'))
  const decode = workerSpace(inputs, common, 'decode', spec.decode, inside(where, 'decode'))
  const perDecode = prefill.counts.size * decode.counts.size
  const strides = [decode.size * perDecode, perDecode, prefill.counts.size] as const
  const size = prefill.size * strides[0]
  if (!Number.isSafeInteger(size)) {
    const message = `${prefill.size} prefill workers x ${decode.size} decode workers x ${perDecode} numbers of them are more than 2^53 - 1`
    throw new InputError(issueAt(inside(where, 'axes'), { code: 'space-too-large', message, suggestion: 'narrow an axis' }))
  }
  return {
    ...{ size, prefill, decode, strides },
    at: (index) => {
      if (!(Number.isInteger(index) && index >= 0 && index < size)) throw new Error(`no pair ${index} in a space of ${size}`)
      const [p, rest] = [Math.floor(index / strides[0]), index % strides[0]]
      const [d, counts] = [Math.floor(rest / strides[1]), rest % strides[1]]
      return {
        kind: 'disaggregated',
        prefill: prefill.at(p),
        decode: decode.at(d),
        prefillWorkers: prefill.counts.at(counts % strides[2]),
        decodeWorkers: decode.counts.at(Math.floor(counts / strides[2])),
      }
    },
    indexOf: (plan) => {
      if (plan.kind === 'colocated') return -1
      const [p, d] = [prefill.indexOf(plan.prefill), decode.indexOf(plan.decode)]
      const [n, m] = [prefill.counts.indexOf(plan.prefillWorkers), decode.counts.indexOf(plan.decodeWorkers)]
      return Math.min(p, d, n, m) < 0 ? -1 : p * strides[0] + d * strides[1] + m * strides[2] + n
    },
  }
}

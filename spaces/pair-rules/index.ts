import type { Pool } from '../fleet.ts'
import { type ColocatedPlan, replicaGpus } from '../plan.ts'
import type { Reason } from '../reason.ts'
import { firstBrokenRule } from '../rules/index.ts'
import { workerPool } from '../worker-pool.ts'
import { answersAreDecoded, connectorStages, connectorTp, engineDisaggregates, kvFormatsAgree, noBenchmark } from './connector.ts'
import type { PairContext, PairRule } from './rule.ts'
import { workersAreJoined, workersAreReplicas, workersFillNodes, workersFit } from './workers.ts'

/** Registry: every condition on a pair of a prefill and a decode worker, those that look at their counts last. */
export const pairRules: readonly PairRule[] = [
  engineDisaggregates,
  answersAreDecoded,
  noBenchmark,
  workersAreReplicas,
  workersFillNodes,
  workersAreJoined,
  kvFormatsAgree,
  connectorTp,
  connectorStages,
  workersFit,
]

const withoutCounts = pairRules.filter(({ counts }) => !counts)

/** The first rule that a pair breaks: of its own, then those of each of its workers. */
export function firstBrokenPairRule(context: PairContext): Reason | null {
  const { plan, prefillPool, decodePool } = context
  return (
    broken(pairRules, context) ??
    brokenByWorker(context, prefillPool, plan.prefill, 'prefill') ??
    brokenByWorker(context, decodePool, plan.decode, 'decode')
  )
}

/** The first rule that a pair breaks whatever the numbers of its workers. */
export function firstBrokenByPair(context: PairContext): Reason | null {
  return broken(withoutCounts, context)
}

function broken(rules: readonly PairRule[], context: PairContext): Reason | null {
  for (const rule of rules) {
    const breach = rule.check(context)
    if (breach !== null) return { code: rule.name, ...breach }
  }
  return null
}

function brokenByWorker(context: PairContext, pool: Pool, plan: ColocatedPlan, role: 'prefill' | 'decode'): Reason | null {
  const { model, engine, workload } = context
  const reason = firstBrokenRule({ model, engine, workload, pool: workerPool(pool, replicaGpus(plan.layout)), plan, role })
  return reason === null ? null : { ...reason, message: `${role} worker: ${reason.message}` }
}

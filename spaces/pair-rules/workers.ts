import type { Pool } from '../fleet.ts'
import { type ColocatedPlan, replicaGpus } from '../plan.ts'
import { linkBetween } from '../pool-link.ts'
import type { Breach } from '../rules/rule.ts'
import { fillsNodes } from '../worker-pool.ts'
import type { PairContext, PairRule } from './rule.ts'

export const workersAreReplicas: PairRule = {
  name: 'worker-is-one-replica',
  why: 'A pair counts its workers; each of them is one replica of its layout.',
  counts: false,
  check: ({ plan: { prefill, decode } }) => {
    const many = [prefill, decode].find(({ layout }) => layout.replicas > 1)
    if (many === undefined) return null
    const { replicas } = many.layout
    return { message: `a worker of ${replicas} replicas: write r1 and count its replicas as workers`, numbers: { replicas } }
  },
}

export const workersFillNodes: PairRule = {
  name: 'worker-fills-nodes',
  why: 'A worker that is neither a whole part of a node nor whole nodes leaves GPUs that no other worker can use well.',
  counts: false,
  check: ({ plan: { prefill, decode }, prefillPool, decodePool }) => uneven(prefill, prefillPool) ?? uneven(decode, decodePool),
}

export const workersAreJoined: PairRule = {
  name: 'pair-is-joined',
  why: 'KV takes a network from the prefill workers to the decode workers.',
  counts: false,
  check: ({ prefillPool, decodePool }) => {
    if (linkBetween(prefillPool, decodePool, prefillPool.gpus) !== undefined) return null
    return {
      message: `nothing is known to join pool "${prefillPool.id}" to pool "${decodePool.id}": give both a scaleOutBandwidth`,
      numbers: { prefillPool: prefillPool.id, decodePool: decodePool.id },
    }
  },
}

export const workersFit: PairRule = {
  name: 'workers-fit',
  why: 'All workers together have at most the GPUs of their pools.',
  counts: true,
  check: (context) => {
    for (const { pool, used } of usedGpus(context)) {
      if (used <= pool.gpus) continue
      return { message: `the workers need ${used} GPUs of pool "${pool.id}", which has ${pool.gpus}`, numbers: { used, gpus: pool.gpus } }
    }
    return null
  },
}

/** GPUs that a pair takes of each pool it uses. */
function usedGpus({ plan, prefillPool, decodePool }: Pick<PairContext, 'plan' | 'prefillPool' | 'decodePool'>) {
  const ofPrefill = plan.prefillWorkers * replicaGpus(plan.prefill.layout)
  const ofDecode = plan.decodeWorkers * replicaGpus(plan.decode.layout)
  if (prefillPool.id === decodePool.id) return [{ pool: prefillPool, used: ofPrefill + ofDecode }]
  return [
    { pool: prefillPool, used: ofPrefill },
    { pool: decodePool, used: ofDecode },
  ]
}

function uneven({ layout }: ColocatedPlan, { id, gpusPerNode }: Pool): Breach | null {
  const gpus = replicaGpus(layout)
  if (fillsNodes(gpus, gpusPerNode)) return null
  return {
    message: `a worker of ${gpus} GPUs neither divides nor fills the nodes of ${gpusPerNode} of pool "${id}"`,
    numbers: { gpus, gpusPerNode },
  }
}

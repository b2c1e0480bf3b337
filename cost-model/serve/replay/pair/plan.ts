import type { ColocatedPlan, DisaggregatedPlan } from '../../../../spaces/plan.ts'
import { linkBetween } from '../../../../spaces/pool-link.ts'
import type { Reason } from '../../../../spaces/reason.ts'
import { transferOf } from '../../../kv-transfer.ts'
import type { UsedGpus } from '../../../row.ts'
import type { Scenario } from '../../../scenario.ts'
import { promptsOf } from '../../../worker-side.ts'
import type { Load } from '../../load.ts'
import { makeReplicas, type Replica } from '../plan.ts'
import type { PairReplayInput, PairTransfer } from './replay-pair.ts'

/** A pair of workers, ready to be replayed. */
export interface PairReplica {
  readonly kind: 'ready'
  readonly input: Pick<PairReplayInput, 'prefill' | 'decode' | 'transfer' | 'firstToken'>
  /** GPUs of both sides; means of requests. */
  readonly parts: readonly UsedGpus[]
  readonly request: Load
}

/**
 * Engines, step times and links of pairs; a reason where a side cannot run. Prefill workers hold the KV of a batch of prompts at most. `capped`:
 * decode workers run no more than a batch of requests either, as under arrivals; in closed loop their seats are the engine's.
 */
export function makePairReplicas(scenario: Scenario): (plan: DisaggregatedPlan, capped: boolean) => PairReplica | Reason {
  const replicas = {
    prefill: makeReplicas({ ...scenario, workload: promptsOf(scenario.workload) }),
    decode: makeReplicas(scenario),
  }
  return (plan, capped) => {
    const [prefill, decode] = [replicas.prefill(plan.prefill), replicas.decode(plan.decode)]
    if (!('kind' in prefill)) return { ...prefill, message: `prefill worker: ${prefill.message}` }
    if (!('kind' in decode)) return { ...decode, message: `decode worker: ${decode.message}` }
    const parts = [
      { pool: prefill.prepared.pool, gpus: plan.prefillWorkers * prefill.prepared.gpus },
      { pool: decode.prepared.pool, gpus: plan.decodeWorkers * decode.prepared.gpus },
    ]
    const firstToken = scenario.engine.disaggregation?.firstToken
    if (firstToken === undefined) throw new Error('a pair whose rules were not asked')
    return {
      kind: 'ready',
      parts,
      request: decode.prepared.load,
      input: {
        prefill: {
          engine: { ...prefill.engine, speculation: undefined, seats: seatsOf(prefill, plan.prefill) },
          step: prefill.step,
          workers: plan.prefillWorkers,
        },
        decode: {
          // Host work on a request is the prefill worker's.
          engine: { ...decode.engine, perRequest: 0, seats: capped ? seatsOf(decode, plan.decode) : decode.engine.seats },
          step: decode.step,
          workers: plan.decodeWorkers,
        },
        transfer: wayOf(
          scenario,
          plan,
          prefill,
          decode,
          parts.reduce((sum, { gpus }) => sum + gpus, 0),
        ),
        firstToken,
      },
    }
  }
}

/** Of one rank. */
function seatsOf({ engine }: Replica, { batch }: ColocatedPlan): number {
  return Math.min(engine.seats, Math.ceil(batch / engine.attentionDp))
}

function wayOf({ model, engine }: Scenario, plan: DisaggregatedPlan, prefill: Replica, decode: Replica, gpus: number): PairTransfer {
  const link = linkBetween(prefill.prepared.pool, decode.prepared.pool, gpus)
  const connector = engine.disaggregation
  if (link === undefined || connector === undefined) throw new Error('a pair whose rules were not asked')
  const of = (isl: number) => transferOf(model, connector, isl, plan, 1, link)
  const { bandwidth, latency } = of(1)
  const known = new Map<number, ReturnType<PairTransfer['bytes']>>()
  const bytes = (isl: number) => {
    const found = known.get(isl) ?? of(isl)
    known.set(isl, found)
    return found
  }
  return { bytes, bandwidth, latency, sends: connector.sends, layers: model.layerGroups.reduce((sum, { count }) => sum + count, 0) }
}

import type { Connector } from '../spaces/connector.ts'
import { cacheBytesPerSequence, layerCacheBytes } from '../spaces/kv.ts'
import type { Model } from '../spaces/model.ts'
import type { ColocatedPlan } from '../spaces/plan.ts'
import type { PoolLink } from '../spaces/pool-link.ts'
import { piecesOf, type Transfer } from './serve/disaggregated/transfer.ts'

/**
 * What moves when a prompt of `tokens` goes from a prefill to a decode worker: the KV of all of it, prefix cache or not. The GPUs of one attention-DP
 * rank of the decode worker receive what each of them keeps (copies where heads run out, or one copy in all), evenly over stages; those of
 * one rank of the prefill worker share the sending.
 */
export function transferOf(
  model: Model,
  connector: Connector,
  tokens: number,
  { prefill, decode }: { readonly prefill: ColocatedPlan; readonly decode: ColocatedPlan },
  chunks: number,
  link: PoolLink,
): Transfer {
  const { kv } = decode.precision
  const { layout: from } = prefill
  const { layout: to } = decode
  const receivers = to.pp * to.sp * to.tp
  const width = { tp: to.tp, dcp: to.dcp, sp: to.sp }
  const kept = model.layerGroups.reduce((sum, group) => sum + group.count * layerCacheBytes(group, tokens, kv, width), 0) / to.pp
  const received = connector.pullsCopies ? kept : cacheBytesPerSequence(model, tokens, kv) / receivers
  const layers = model.layerGroups.reduce((sum, group) => sum + group.count, 0)
  return {
    received,
    sent: (received * receivers) / (from.pp * from.sp * from.tp),
    senders: from.attentionDp,
    receivers: to.attentionDp,
    bandwidth: link.bandwidth * connector.bandwidthShare,
    latency: connector.latency,
    pieces: piecesOf(connector.sends, chunks, layers),
  }
}

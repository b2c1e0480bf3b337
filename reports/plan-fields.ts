import { type ColocatedPlan, type Plan, replicaGpus } from '../spaces/plan.ts'

/** One property of a plan as a column of its own, so that a spreadsheet can filter by it; the plan key holds them all in one cell. */
interface PlanField {
  readonly name: string
  readonly doc: string
  read(plan: ColocatedPlan): string | number
}

const fields: readonly PlanField[] = [
  { name: 'pool', doc: 'pool of the fleet', read: (p) => p.pool },
  { name: 'gpus', doc: 'GPUs of the plan over all replicas', read: (p) => p.layout.replicas * replicaGpus(p.layout) },
  { name: 'replicas', doc: 'request-level data parallelism', read: (p) => p.layout.replicas },
  { name: 'pp', doc: 'pipeline stages', read: (p) => p.layout.pp },
  { name: 'attention_dp', doc: 'attention data parallelism', read: (p) => p.layout.attentionDp },
  { name: 'sp', doc: 'prefill sequence parallelism', read: (p) => p.layout.sp },
  { name: 'tp', doc: 'tensor parallelism of attention', read: (p) => p.layout.tp },
  { name: 'dcp', doc: 'decode context parallelism inside TP', read: (p) => p.layout.dcp },
  { name: 'ffn_tp', doc: 'tensor parallelism of dense FFNs', read: (p) => p.layout.ffnTp },
  { name: 'ep', doc: 'expert parallelism', read: (p) => p.layout.ep },
  { name: 'moe_tp', doc: 'tensor parallelism inside experts', read: (p) => p.layout.moeTp },
  { name: 'moe_dp', doc: 'data parallelism of experts', read: (p) => p.layout.moeDp },
  { name: 'redundant_experts', doc: 'expert replicas', read: (p) => p.layout.redundantExperts },
  { name: 'weights', doc: 'format of linear weights', read: (p) => p.precision.weights },
  { name: 'activations', doc: 'format of GEMM activations', read: (p) => p.precision.activations },
  { name: 'kv', doc: 'format of the KV cache', read: (p) => p.precision.kv },
  { name: 'batch', doc: 'concurrent requests per replica', read: (p) => p.batch },
  { name: 'chunk', doc: 'token budget of a step', read: (p) => p.chunk },
]

/** Of separate workers alone. */
const counts: readonly Pick<PlanField, 'name' | 'doc'>[] = [
  { name: 'prefill_workers', doc: 'prefill workers; empty where every replica does both phases' },
  { name: 'decode_workers', doc: 'decode workers; empty where every replica does both phases' },
]

export const planFieldDocs: ReadonlyMap<string, string> = new Map([...fields, ...counts].map((f) => [f.name, f.doc]))

export const planFieldNames: readonly string[] = [...fields, ...counts].map((f) => f.name)

/** The fields of a plan in that order; of separate workers `prefill/decode` where they differ, and the GPUs of all of them. */
export function planFieldValues(plan: Plan): readonly (string | number)[] {
  if (plan.kind === 'colocated') return [...fields.map((f) => f.read(plan)), '', '']
  const { prefill, decode, prefillWorkers, decodeWorkers } = plan
  const values = fields.map(({ name, read }) => {
    if (name === 'gpus') return prefillWorkers * replicaGpus(prefill.layout) + decodeWorkers * replicaGpus(decode.layout)
    return read(prefill) === read(decode) ? read(decode) : `${read(prefill)}/${read(decode)}`
  })
  return [...values, prefillWorkers, decodeWorkers]
}

/** `tp8 pp2 x4`: the widths above 1, replicas last; what a legend calls a layout. */
export function layoutName(plan: ColocatedPlan): string {
  const { replicas, pp, attentionDp, sp, tp, dcp, ep, moeTp } = plan.layout
  const widths: readonly (readonly [string, number])[] = [
    ['pp', pp],
    ['adp', attentionDp],
    ['sp', sp],
    ['dcp', dcp],
    ['ep', ep],
  ]
  const moe = ep > 1 && moeTp > 1 ? ` mtp${moeTp}` : ''
  return `tp${tp}${widths.map(([name, n]) => (n > 1 ? ` ${name}${n}` : '')).join('')}${moe} x${replicas}`
}

import { checkStudy, type WrittenStudy } from '../optimizer/read-study.ts'
import { type ColocatedPlan, type Plan, replicaGpus } from '../spaces/plan.ts'

/** One plan as a person describes it with flags; what is left out has the default that a study would give it. */
export interface EstimateFlags {
  readonly model: string
  readonly gpu?: string | undefined
  readonly node?: string | undefined
  readonly engine: string
  readonly workload?: string | undefined
  readonly isl?: number | undefined
  readonly osl?: number | undefined
  readonly prefixHit?: number | undefined
  readonly expertExponent?: number | undefined
  readonly expertStaleness?: number | undefined
  readonly rate?: number | undefined
  readonly arrivalCv?: number | undefined
  readonly ttft?: string | undefined
  readonly tpot?: string | undefined
  readonly percentile?: number | undefined
  readonly dp?: number | undefined
  readonly pp?: number | undefined
  readonly tp?: number | undefined
  readonly attentionDp?: number | undefined
  readonly sp?: number | undefined
  readonly spKind?: string | undefined
  readonly dcp?: number | undefined
  readonly ffnTp?: number | undefined
  readonly ep?: number | undefined
  readonly moeDp?: number | undefined
  readonly redundantExperts?: number | undefined
  readonly weights?: string | undefined
  readonly activations?: string | undefined
  readonly kv?: string | undefined
  readonly comm?: string | undefined
  readonly batch?: number | undefined
  readonly chunk?: number | undefined
}

/** Flags by where their value goes in a study, so that a message about the study names the flag. */
const flagOf: Readonly<Record<string, string>> = {
  model: '--model',
  'fleet[0].gpu': '--gpu',
  'fleet[0].node': '--node',
  'fleet[0].gpus': 'the widths',
  engine: '--engine',
  workload: '--workload',
  'workload.isl': '--isl',
  'workload.osl': '--osl',
  'routing.exponent': '--expert-exponent',
  'routing.staleness': '--expert-staleness',
  'slo.ttft': '--ttft',
  'slo.tpot': '--tpot',
  'slo.percentile': '--percentile',
  'arrivals.rate': '--rate',
  'arrivals.cv': '--arrival-cv',
}

/** The flag that a path of the study came from; the path itself where none did. */
export function flagName(path: string): string {
  const axis = /^axes\.(\w+)/.exec(path)?.[1]
  if (axis === undefined) return flagOf[path] ?? path
  return `--${axis === 'replicas' ? 'dp' : axis.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`
}

/** A study whose space is the one plan that the flags describe, on just the GPUs it needs. */
export function studyOfFlags(flags: EstimateFlags): WrittenStudy {
  const { dp = 1, pp = 1, tp = 1, attentionDp = 1, sp = 1, ep = 1, moeDp = 1 } = flags
  const stage = tp * sp * attentionDp
  const {
    dcp = 1,
    ffnTp,
    redundantExperts,
    spKind,
    weights,
    activations,
    kv,
    comm,
    batch = flags.rate === undefined ? 1 : 64,
    chunk,
  } = flags
  const widths = { replicas: dp, pp, tp, attentionDp, sp, dcp, ffnTp, ep, moeTp: Math.max(1, Math.floor(stage / (ep * moeDp))), moeDp }
  const axes = { ...widths, redundantExperts, spKind, weights, activations, kv, comm, batch, chunk }
  const { model, gpu, node, engine, isl = 1000, osl = 1000, prefixHit, ttft, tpot, rate, percentile } = flags
  const routing = given({ exponent: flags.expertExponent, staleness: flags.expertStaleness })
  // Where load is asked about, so is how much of it the plan bears.
  const loaded = (rate !== undefined || percentile !== undefined) && (ttft !== undefined || tpot !== undefined)
  return checkStudy({
    name: 'estimate',
    model,
    engine,
    fleet: [given({ gpu, node, gpus: dp * pp * stage })],
    workload: flags.workload ?? given({ isl, osl, prefixHit }),
    ...(Object.keys(routing).length > 0 && { routing }),
    ...(rate !== undefined && { arrivals: given({ rate, cv: flags.arrivalCv }) }),
    slo: given({ ttft, tpot, percentile }),
    ...(loaded && { objectives: ['out_tok_s_per_gpu', 'slo_capacity_req_s'] }),
    axes: given(axes),
  })
}

/**
 * The GPUs that a plan fills, as the pools it names; whatever its widths are, for a rule to judge. A pool is of the GPU or node that the flags
 * name, or of the one that it is called after.
 */
export function studyOfPlan(flags: EstimateFlags, plan: Plan): WrittenStudy {
  const { study, where } = studyOfFlags({ ...flags, gpu: flags.gpu ?? (flags.node === undefined ? workersOf(plan)[0]!.pool : undefined) })
  const used = new Map<string, number>()
  for (const { pool, gpus } of workersOf(plan)) used.set(pool, (used.get(pool) ?? 0) + gpus)
  const named = flags.gpu !== undefined || flags.node !== undefined
  const fleet = [...used].map(([id, gpus]) => ({
    ...study.fleet[0]!,
    ...(!named && { gpu: id }),
    id,
    gpus: plan.kind === 'colocated' ? gpus : wholeNodes(gpus),
  }))
  // The plan need not be in the space, which must not be empty: any layout will do.
  return { study: { ...study, fleet, axes: {} }, where }
}

function workersOf(plan: Plan): readonly { readonly pool: string; readonly gpus: number }[] {
  const of = (worker: ColocatedPlan, count: number) => ({
    pool: worker.pool,
    gpus: count * worker.layout.replicas * replicaGpus(worker.layout),
  })
  return plan.kind === 'colocated' ? [of(plan, 1)] : [of(plan.prefill, plan.prefillWorkers), of(plan.decode, plan.decodeWorkers)]
}

/** Workers need not fill their pool, but a pool is made of nodes, of 8 GPUs or of a divisor of that. */
function wholeNodes(gpus: number): number {
  return gpus <= 8 ? gpus : Math.ceil(gpus / 8) * 8
}

function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}

import fc from 'fast-check'
import type { Scenario } from '../../cost-model/scenario.ts'
import { type Engine, overlaps, rankOrders, sequenceSplits } from '../../spaces/engine.ts'
import { makePool, type Pool } from '../../spaces/fleet.ts'
import type { Model } from '../../spaces/model.ts'
import type { ColocatedPlan, Layout, Precision, SequenceKind } from '../../spaces/plan.ts'
import { defaultFfnTp, replicaGpus, stageGpus } from '../../spaces/plan.ts'
import { planKey } from '../../spaces/plan-key.ts'
import { expertCounts } from '../../spaces/rules/experts.ts'
import { firstBrokenRule } from '../../spaces/rules/index.ts'
import type { Workload } from '../../spaces/workload.ts'
import { calibration, catalog } from '../cost-model/layouts.ts'
import { randomModel } from './random-model.ts'

/** A legal plan of a random model on a random pool. `role`: a plan with sp > 1 and no dcp is one of a prefill worker alone. */
export interface Drawn {
  readonly scenario: Scenario
  readonly model: Model
  readonly pool: Pool
  readonly plan: ColocatedPlan
  readonly layout: Layout
  /** What fast-check prints of it: a counterexample in a few lines, not its hardware and constants. */
  readonly [fc.toStringMethod]: () => string
}

/** Switches, meshes, bridges, tori and PCIe alone, of several vendors and generations. */
const gpus = [
  ...['h100-sxm', 'h200-sxm', 'b200-sxm', 'gb200-nvl72', 'a100-sxm-80gb', 'h20-96gb'],
  ...['mi300x', 'gaudi3', 'h100-nvl', 'a100-pcie-80gb', 'tpu-v5p', 'l40s', 'rtx-4090', 'l4'],
] as const

/** What is drawn, before the views of the experts and of the dense FFN follow from it. */
interface Draw {
  readonly model: Model
  readonly gpu: (typeof gpus)[number]
  readonly gpusPerNode: number
  readonly engine: Engine
  readonly workload: Workload
  readonly replicas: number
  readonly pp: number
  readonly attentionDp: number
  readonly sp: number
  readonly spKind: SequenceKind
  readonly tp: number
  readonly dcp: number
  readonly ffn: 'attention' | 'stage' | 'one'
  readonly experts: number
  readonly redundant: number
  readonly precision: Precision
  readonly batch: number
  readonly chunk: number
  readonly drafts: number
}

const width = (...values: number[]) => fc.constantFrom(...values)
const format = (...names: string[]) => fc.constantFrom('bf16', ...names)

const length = fc.oneof(
  fc.integer({ min: 1, max: 20_000 }).map((tokens) => ({ kind: 'fixed' as const, tokens })),
  fc.tuple(width(16, 500, 3000), width(1, 4)).map(([from, times]) => ({ kind: 'uniform' as const, from, to: from * times })),
  fc.record({ kind: fc.constant('lognormal' as const), mean: width(30, 700, 6000), cv: fc.constantFrom(0.5, 1, 2) }),
)

const workload: fc.Arbitrary<Workload> = fc
  .record({ isl: length, osl: length, prefixHit: fc.constantFrom(0, 0, 0.3, 0.9) })
  .map((of) => ({ id: 'random', name: 'Random', ...of }))

/** As it is, or with everything that an engine may run beside other work switched on, or off, and any way to cut what a plan leaves open. */
const engine: fc.Arbitrary<Engine> = fc
  .record({
    of: fc.constantFrom('generic', 'generic', 'vllm', 'sglang', 'trtllm').map((name) => catalog.engine(name)),
    overlap: fc.constantFrom(undefined, 'none', 'all'),
    tensorSequence: fc.boolean(),
    sequenceSplit: fc.constantFrom(...sequenceSplits),
    rankOrder: fc.constantFrom(...rankOrders),
  })
  .map(({ of, overlap, ...habits }) => ({
    ...of,
    ...(overlap === undefined ? {} : { overlap: overlap === 'none' ? [] : [...overlaps] }),
    parallel: { ...of.parallel, ...habits },
  }))

const draw: fc.Arbitrary<Draw> = fc.record({
  model: randomModel,
  gpu: fc.constantFrom(...gpus),
  gpusPerNode: width(2, 4, 8, 8),
  engine,
  workload,
  replicas: width(1, 1, 2, 3),
  pp: width(1, 1, 2, 3, 4),
  attentionDp: width(1, 1, 2, 4, 8),
  sp: width(1, 1, 2, 4),
  spKind: fc.constantFrom('ring', 'all-to-all', 'all-gather'),
  tp: width(1, 2, 4, 8),
  dcp: width(1, 2, 4),
  ffn: fc.constantFrom('attention', 'attention', 'stage', 'one'),
  experts: fc.nat({ max: 1000 }),
  redundant: width(0, 0, 8, 16),
  precision: fc.record({
    weights: format('shipped', 'fp8', 'fp8-block', 'nvfp4'),
    activations: format('fp8'),
    kv: format('fp8', 'nvfp4'),
    comm: format('fp8', 'fp32'),
  }),
  batch: width(1, 3, 16, 100, 700),
  chunk: width(512, 2048, 8192),
  drafts: width(0, 0, 0, 2),
})

type Use = 'serving' | 'prefill'

function planOf(d: Draw): Drawn {
  const { replicas, pp, attentionDp, sp, tp, dcp } = d
  const attention = { replicas, pp, attentionDp, sp, spKind: sp > 1 ? d.spKind : undefined, tp, dcp }
  const stage = stageGpus(attention as Layout)
  const ffnTp = d.ffn === 'attention' ? defaultFfnTp(attention) : d.ffn === 'stage' ? stage : 1
  const layout: Layout = { ...attention, ffnTp, ffnDp: stage / ffnTp, ...expertView(d, stage) }
  const pool = poolOf(d, replicas * replicaGpus(layout))
  const plan: ColocatedPlan = {
    ...{ kind: 'colocated', pool: pool.id, layout, precision: d.precision, batch: d.batch, chunk: d.chunk },
    ...(d.drafts > 0
      ? { speculation: { depth: d.drafts, acceptance: 0.7, ...(d.model.mtp === undefined && { draft: 'ngram' as const }) } }
      : {}),
  }
  const scenario: Scenario = { model: d.model, pools: [pool], engine: d.engine, workload: d.workload, calibration }
  return { scenario, model: d.model, pool, plan, layout, [fc.toStringMethod]: () => show(d, plan) }
}

function show({ model, gpu, gpusPerNode, engine, workload: { isl, osl, prefixHit } }: Draw, plan: ColocatedPlan): string {
  const { hidden, layerGroups, layerOrder, tieEmbeddings } = model
  const said = { hidden, layerGroups, layerOrder, tieEmbeddings, isl, osl, prefixHit }
  return `${planKey(plan)} of ${gpu} in nodes of ${gpusPerNode}, ${engine.id} (overlap ${engine.overlap ?? 'none'}, ${JSON.stringify(engine.parallel)}): ${JSON.stringify(said)}`
}

/** Any two factors of the stage; a dense model writes the one view that its plans have. */
function expertView({ model, experts, redundant }: Draw, stage: number): Pick<Layout, 'ep' | 'moeTp' | 'moeDp' | 'redundantExperts'> {
  if (expertCounts(model).length === 0) return { ep: 1, moeTp: stage, moeDp: 1, redundantExperts: 0 }
  const pick = (of: number, by: number) => {
    const divisors = Array.from({ length: of }, (_, i) => i + 1).filter((n) => of % n === 0)
    return divisors[by % divisors.length]!
  }
  const ep = pick(stage, experts)
  const moeTp = pick(stage / ep, Math.floor(experts / 10))
  return { ep, moeTp, moeDp: stage / (ep * moeTp), redundantExperts: ep > 1 ? redundant : 0 }
}

/** Memory is stated so large that it never decides; links that a GPU's entry lacks are stated too. */
function poolOf({ gpu, gpusPerNode }: Draw, count: number): Pool {
  const perNode = count % gpusPerNode === 0 ? gpusPerNode : count
  return makePool({ gpu, gpus: count, gpusPerNode: perNode, memory: 4e13, scaleOutBandwidth: 5e10 }, catalog)
}

const noExperts: Partial<Draw> = { experts: 0, redundant: 0 }

/** What a draw gives up for each rule that it breaks: the least that helps, then more. */
const concessions: Readonly<Record<string, (d: Draw) => Partial<Draw>>> = {
  'stages-have-layers': () => ({ pp: 1 }),
  'engine-pipeline': () => ({ pp: 1 }),
  'ffn-nests-with-attention': () => ({ ffn: 'attention' }),
  'engine-dense-ffn': () => ({ ffn: 'attention' }),
  'heads-divide': ({ tp }) => ({ tp: tp / 2 }),
  'kv-heads-divide': ({ tp }) => ({ tp: tp / 2 }),
  'vocabulary-divides': ({ tp }) => ({ tp: tp / 2 }),
  'ffn-width-divides': ({ ffn, tp }) => (ffn === 'attention' ? { tp: tp / 2 } : { ffn: 'attention' }),
  'engine-attention-dp': () => ({ attentionDp: 1 }),
  'decode-context': ({ dcp }) => ({ dcp: dcp / 2 }),
  'engine-sequence-kind': ({ spKind }) => (spKind === 'ring' ? { sp: 1 } : { spKind: 'ring' }),
  'ulysses-heads': () => ({ spKind: 'all-gather' }),
  'sequence-in-decode': () => ({ sp: 1 }),
  'experts-nest-with-attention': () => noExperts,
  'ep-divides-experts': ({ redundant }) => (redundant > 0 ? { redundant: 0 } : noExperts),
  'expert-width-divides': ({ tp, experts }) => (experts > 0 ? noExperts : { tp: tp / 2 }),
  'moe-tp-inside-ep': () => noExperts,
  'ep-whole-stage': () => noExperts,
  'engine-moe-dp': ({ experts, attentionDp }) => (experts > 9 ? { experts: experts % 10 } : { attentionDp: Math.max(1, attentionDp / 2) }),
  'redundant-experts': () => ({ redundant: 0 }),
  'quantisation-block': ({ precision }) => ({ precision: { ...precision, weights: 'bf16', activations: 'bf16' } }),
  'gpu-arithmetic': ({ precision }) => ({ precision: { ...precision, activations: 'bf16' } }),
  'weights-match-activations': ({ precision }) => ({ precision: { ...precision, activations: 'bf16' } }),
  'batch-fits-seats': ({ batch }) => ({ batch: Math.ceil(batch / 2) }),
  'batch-fills-attention-dp': ({ attentionDp }) => ({ batch: attentionDp }),
  'chunk-holds-prompt': () => ({ chunk: 1 << 17 }),
  'chunk-holds-decodes': () => ({ chunk: 8192 }),
  'speculation-sane': () => ({ drafts: 0 }),
  'engine-drafts': () => ({ drafts: 0 }),
}

/** A draw made legal by giving up what its broken rules are about, one at a time; undefined where that leads nowhere. */
function legalised(d: Draw, use: Use): Drawn | undefined {
  let now = d
  for (let i = 0; i < 16; i++) {
    const drawn = planOf(now)
    const broken = firstBrokenRule({ ...drawn.scenario, ...drawn, ...(use === 'prefill' && now.sp > 1 ? { role: 'prefill' } : {}) })
    if (broken === null) return drawn
    const change = concessions[broken.code]?.(now)
    if (change === undefined || Object.values(change).some((v) => typeof v === 'number' && !Number.isInteger(v))) return undefined
    now = { ...now, ...change }
  }
  return undefined
}

/** Random legal plans. `serving`: of both phases, so that sp > 1 comes with dcp > 1; `prefill`: also those of prefill workers alone. */
export function randomPlan(use: Use, changes: Partial<Draw> = {}): fc.Arbitrary<Drawn> {
  return draw.map((d) => legalised({ ...d, ...changes }, use)).filter((drawn) => drawn !== undefined)
}

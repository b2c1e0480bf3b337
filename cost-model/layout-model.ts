import { drafter, draftModule } from '../spaces/draft-module.ts'
import type { Overlap, RankOrder } from '../spaces/engine.ts'
import type { LinkLevel, Pool } from '../spaces/fleet.ts'
import { type Group, isStageSplit, placeGroup, stageLinks } from '../spaces/placement.ts'
import { type ColocatedPlan, type Layout, replicaGpus } from '../spaces/plan.ts'
import type { Pedigree } from './column.ts'
import { takesTwoBatches } from './critical-path.ts'
import { makeDevice } from './device.ts'
import { scalesOf } from './engine-scales.ts'
import type { Graph, Op, RankGroup, Segment } from './graph.ts'
import { nodesOf } from './link/level.ts'
import { type Links, weakest } from './link.ts'
import { networkTime } from './ops/network.ts'
import { parallelise } from './parallelise.ts'
import type { Scenario } from './scenario.ts'
import type { Surroundings } from './timed.ts'
import { sharedPair, type TimedPair, timedPair } from './timed-pair.ts'

export interface TimedSegment extends TimedPair {
  readonly name: string
  /** Layers of one run, all alike: 1 unless two batches may go through the run together. */
  readonly layers: number
  /** Steps that the engine cuts in two, and that have an exchange here which another batch can compute beside: with prompts, without. */
  readonly twoBatch: { readonly prefill: boolean; readonly decode: boolean }
}

/** Everything about a layout and a precision that no batch and no chunk changes: its graphs, and their ops ready to be timed. */
export interface LayoutModel {
  readonly prefill: Graph
  readonly decode: Graph
  /** Distinct segments (runs of one length where two batches go through them), and how often each stage runs each: a row per stage. */
  readonly segments: readonly TimedSegment[]
  readonly repeats: Float64Array
  /** How often all stages together run each. */
  readonly runs: Float64Array
  /** Which of them each segment of either graph is. */
  readonly timedAs: readonly number[]
  readonly attentionDp: number
  readonly overlaps: readonly Overlap[]
  /** Batch sizes of captured graphs, ascending, and what an uncaptured step costs the host: seconds per kernel, more per collective. */
  readonly captured: readonly number[]
  readonly launch: number
  readonly eagerCollective: number
  /** Weakest evidence behind the times. */
  readonly pedigree: Pedigree
  /** What drafts tokens in every step, and how many; absent: nothing, or drafts that cost no time on the GPUs. */
  readonly draft?: { readonly model: LayoutModel; readonly depth: number }
}

/** Builds the graphs of a plan's layout on a pool and looks up what its ops' times depend on. */
export function buildLayoutModel(
  scenario: Scenario,
  pool: Pool,
  plan: Pick<ColocatedPlan, 'layout' | 'precision' | 'speculation'>,
): LayoutModel {
  const { model, engine, calibration } = scenario
  const { layout, precision } = plan
  const prefill = parallelise(model, layout, precision, 'prefill', engine.parallel)
  const decode = parallelise(model, layout, precision, 'decode', engine.parallel)
  const device = makeDevice(pool.gpu, calibration)
  const scales = scalesOf(engine, calibration)
  const links: Links = { calibration, pool, library: engine.allReduce }
  const hops = layout.pp > 1 ? stageLinks(layout, pool, engine.parallel.rankOrder) : []
  const place = placing(layout, pool, engine.parallel.rankOrder, hops)
  const overlaps = engine.overlap ?? []
  const setting = { pool, engine, calibration, gpus: layout.replicas * replicaGpus(layout) }
  const timing = (p: Segment, d: Segment, halves: boolean) => {
    const around: Surroundings = {
      device,
      routing: calibration.routing,
      scales,
      linkTime: (op) => networkTime(op, place(op.group, p.stage), links, scales.exchange),
      nodes: (group) => nodesOf(place(group, p.stage)),
    }
    const own = p.name === 'hop' || isStageSplit(layout, engine.parallel.rankOrder)
    return own ? timedPair(p.ops, d.ops, halves, overlaps, around) : sharedPair(p.ops, d.ops, halves, setting, around)
  }
  const { segments, repeats, runs, timedAs } = distinct(prefill, decode, hops, overlaps, timing)
  const draft = draftOf(scenario, pool, plan)
  return {
    prefill,
    decode,
    segments,
    repeats,
    runs,
    timedAs,
    attentionDp: layout.attentionDp,
    overlaps,
    captured: engine.graphs.captured.toSorted((a, b) => a - b),
    launch: engine.overhead.perLaunch ?? calibration.efficiency.host.launch,
    eagerCollective: engine.graphs.eagerCollective,
    pedigree: weakest(segments.flatMap(({ ops }) => ops.map(({ network, rate }) => (network ?? rate.source!).pedigree))),
    ...(draft !== undefined && { draft }),
  }
}

/** The module that drafts, sharded as the model's last stage is. */
function draftOf(
  scenario: Scenario,
  pool: Pool,
  { layout, precision, speculation }: Parameters<typeof buildLayoutModel>[2],
): LayoutModel['draft'] {
  const module = draftModule(scenario.model, speculation)
  if (module === undefined || speculation === undefined) return undefined
  const drafting = { ...scenario, model: drafter(scenario.model, module) }
  return { model: buildLayoutModel(drafting, pool, { layout: { ...layout, pp: 1 }, precision }), depth: speculation.depth }
}

type Placed = Pick<Group, 'size' | 'levels' | 'link'>

/** Where the groups of a layout lie; a hop between stages uses the link of that hop. */
function placing(
  layout: Layout,
  pool: Pool,
  order: RankOrder | undefined,
  hops: readonly LinkLevel[],
): (group: RankGroup, stage: number) => Placed {
  const memo = new Map<number, Placed>()
  return ({ axis, size, stride }, stage) => {
    if (axis === 'pp') return { size, levels: [], link: hops[stage - 1]! }
    const key = size * 2 ** 20 + stride
    let group = memo.get(key)
    if (group === undefined) {
      // Any `size` ranks `stride` apart within a stage are an EP group of some layout.
      group = placeGroup({ ...layout, ep: size, moeTp: stride }, pool, 'ep', order)
      memo.set(key, group)
    }
    return group
  }
}

/** Pairs the segments of both graphs, which follow the same layers, and times each distinct pair once: hops over one link are alike. */
function distinct(
  prefill: Graph,
  decode: Graph,
  hops: readonly LinkLevel[],
  overlaps: readonly Overlap[],
  timing: (prefill: Segment, decode: Segment, halves: boolean) => TimedPair,
): Pick<LayoutModel, 'segments' | 'repeats' | 'runs' | 'timedAs'> {
  const index = new Map<LinkLevel | readonly Op[], Map<number, number>>()
  const segments: TimedSegment[] = []
  const stages = Array.from({ length: prefill.stages }, () => [] as number[])
  const timedAs: number[] = []
  for (const [i, p] of prefill.segments.entries()) {
    const d = decode.segments[i]!
    const key = p.name === 'hop' ? hops[p.stage - 1]! : p.ops
    const twoBatch = {
      prefill: overlaps.includes('two-batch-prefill') && takesTwoBatches(p),
      decode: overlaps.includes('two-batch-decode') && takesTwoBatches(d),
    }
    const overlapping = twoBatch.prefill || twoBatch.decode
    const layers = overlapping ? p.repeat : 1
    const byLayers = index.get(key) ?? new Map<number, number>()
    index.set(key, byLayers)
    let k = byLayers.get(layers)
    if (k === undefined) {
      k = segments.length
      byLayers.set(layers, k)
      segments.push({ name: p.name, layers, twoBatch, ...timing(p, d, overlapping) })
      for (const stage of stages) stage.push(0)
    }
    stages[p.stage]![k]! += p.repeat / layers
    timedAs.push(k)
  }
  const runs = Float64Array.from(segments, (_, k) => stages.reduce((sum, stage) => sum + stage[k]!, 0))
  return { segments, timedAs, repeats: Float64Array.from(stages.flat()), runs }
}

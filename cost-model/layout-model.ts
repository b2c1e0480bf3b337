import type { LinkLevel, Pool } from '../spaces/fleet.ts'
import { type Group, placeGroup, stageLinks } from '../spaces/placement.ts'
import type { ColocatedPlan, Layout } from '../spaces/plan.ts'
import type { Pedigree } from './column.ts'
import { makeDevice } from './device.ts'
import type { Graph, NetworkOp, Op, RankGroup, Segment } from './graph.ts'
import { isNetwork } from './graph.ts'
import { type Links, weakest } from './link.ts'
import { makeTable, type OpTable } from './op-table.ts'
import { networkTime, type PlacedTime } from './ops/network.ts'
import { parallelise } from './parallelise.ts'
import type { Scenario } from './scenario.ts'
import { type Surroundings, type Timed, timed } from './timed.ts'

export interface TimedSegment {
  readonly name: string
  readonly ops: readonly Timed[]
  readonly table: OpTable
}

/** Everything about a layout and a precision that no batch and no chunk changes: its graphs, and their ops ready to be timed. */
export interface LayoutModel {
  readonly prefill: Graph
  readonly decode: Graph
  /** Distinct segments, and how often each stage runs each of them: row by row, a row per stage. */
  readonly segments: readonly TimedSegment[]
  readonly repeats: Float64Array
  /** Which of them each segment of either graph is. */
  readonly timedAs: readonly number[]
  readonly attentionDp: number
  /** Batch sizes of captured graphs, ascending, and what an uncaptured step costs the host: seconds per kernel, more per collective. */
  readonly captured: readonly number[]
  readonly launch: number
  readonly eagerCollective: number
  /** Weakest evidence behind the times. */
  readonly pedigree: Pedigree
}

/** Builds the graphs of a plan's layout on a pool and looks up what its ops' times depend on. */
export function buildLayoutModel(scenario: Scenario, pool: Pool, plan: Pick<ColocatedPlan, 'layout' | 'precision'>): LayoutModel {
  const { model, engine, calibration } = scenario
  const { layout, precision } = plan
  const prefill = parallelise(model, layout, precision, 'prefill')
  const decode = parallelise(model, layout, precision, 'decode')
  const device = makeDevice(pool.gpu, calibration)
  const links: Links = { calibration, pool, library: engine.allReduce }
  const found: Pedigree[] = [device.pedigree]
  const note = (time: PlacedTime): PlacedTime => {
    found.push(time.pedigree)
    return time
  }
  const hops = layout.pp > 1 ? stageLinks(layout, pool) : []
  const place = placing(layout, pool, hops)
  const around = { device, routing: calibration.routing }
  const { segments, repeats, timedAs } = distinct(prefill, decode, hops, (stage) => ({
    ...around,
    linkTime: (op) => note(networkTime(op, place(op.group, stage), links)),
  }))
  return {
    prefill,
    decode,
    segments,
    repeats,
    timedAs,
    attentionDp: layout.attentionDp,
    captured: engine.graphs.captured.toSorted((a, b) => a - b),
    launch: calibration.efficiency.host.launch,
    eagerCollective: engine.graphs.eagerCollective,
    pedigree: weakest(found),
  }
}

type Placed = Pick<Group, 'size' | 'levels' | 'link'>

/** Where the groups of a layout lie; a hop between stages uses the link of that hop. */
function placing(layout: Layout, pool: Pool, hops: readonly LinkLevel[]): (group: RankGroup, stage: number) => Placed {
  const memo = new Map<number, Placed>()
  return ({ axis, size, stride }, stage) => {
    if (axis === 'pp') return { size, levels: [], link: hops[stage - 1]! }
    const key = size * 2 ** 20 + stride
    let group = memo.get(key)
    if (group === undefined) {
      // Any `size` ranks `stride` apart within a stage are an EP group of some layout.
      group = placeGroup({ ...layout, ep: size, moeTp: stride }, pool, 'ep')
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
  around: (stage: number) => Surroundings,
): Pick<LayoutModel, 'segments' | 'repeats' | 'timedAs'> {
  const index = new Map<LinkLevel | readonly Op[], number>()
  const segments: TimedSegment[] = []
  const stages = Array.from({ length: prefill.stages }, () => [] as number[])
  const timedAs: number[] = []
  for (const [i, p] of prefill.segments.entries()) {
    const d = decode.segments[i]!
    const key = p.name === 'hop' ? hops[p.stage - 1]! : p.ops
    let k = index.get(key)
    if (k === undefined) {
      k = segments.length
      index.set(key, k)
      segments.push(pair(p, d, around(p.stage)))
      for (const stage of stages) stage.push(0)
    }
    stages[p.stage]![k]! += p.repeat
    timedAs.push(k)
  }
  return { segments, timedAs, repeats: Float64Array.from(stages.flat()) }
}

/** Ops of both phases; one that is alike in both runs once for the rows of both. */
function pair(prefill: Segment, decode: Segment, around: Surroundings): TimedSegment {
  const left = new Map(decode.ops.map((op) => [op.name, op]))
  const ops = prefill.ops.flatMap((op) => {
    const other = left.get(op.name)
    if (other === undefined || !alike(op, other)) return [timed(op, undefined, around)]
    left.delete(op.name)
    return [timed(op, other, around)]
  })
  const rest = [...left.values()].map((op) => timed(undefined, op, around))
  const paid = [...ops, ...rest].filter(({ op }) => !isFree(op))
  return { name: prefill.name, ops: paid, table: makeTable(paid) }
}

function alike(a: Op, b: Op): boolean {
  if (a.kind !== b.kind || a.kind === 'attention' || a.rows.scope !== b.rows.scope) return false
  if (isNetwork(a) && !sameGroup(a, b as NetworkOp)) return false
  const [p, q] = [a.dims as Readonly<Record<string, number>>, b.dims as Readonly<Record<string, number>>]
  return Object.keys(p).every((key) => p[key] === q[key])
}

function sameGroup(a: NetworkOp, b: NetworkOp): boolean {
  return a.group.size === b.group.size && a.group.stride === b.group.stride
}

/** Taking one's own part of what one has costs nothing. */
function isFree(op: Op): boolean {
  return op.kind === 'pointwise' && op.dims.read === 0 && op.dims.write === 0
}

import type { Group } from '../../spaces/placement.ts'
import type { ExchangeTables } from '../calibration.ts'
import type { Links } from '../link.ts'
import { type Choice, distinctTargets } from '../targets.ts'
import { type Curve, makeCurve } from './curve.ts'
import { groupBandwidth, nodesOf } from './level.ts'
import { systemOf } from './tables.ts'
import { affine, type LinkTime, nothing } from './time.ts'

/** What one token sends: to the ranks of its experts, or back from them. */
export interface ExpertTraffic extends Choice {
  readonly pattern: 'dispatch' | 'combine'
}

/**
 * Time of an expert dispatch or combine as a function of the bytes of a rank's own tokens (each counted once). Inside one domain:
 * measured kernels, scaled by the distinct ranks a token goes to. Across domains the faster of two modes: every copy on its own with
 * little latency, or one copy per node, forwarded inside it while the next is under way (DeepEP).
 */
export function exchangeTime(links: Links, group: Pick<Group, 'size' | 'levels'>, traffic: ExpertTraffic): LinkTime {
  if (group.size === 1) return nothing
  return nodesOf(group) === 1 ? insideTime(links, group, traffic) : acrossTime(links, group, traffic)
}

/** Copies of a token that leave its rank, one per distinct rank. */
function copies(choice: Choice, ranks: number, nodes = 1): number {
  return distinctTargets(choice, ranks, nodes) * (1 - 1 / ranks)
}

function insideTime(links: Links, group: Pick<Group, 'size' | 'levels'>, traffic: ExpertTraffic): LinkTime {
  const { exchange } = links.calibration
  const level = group.levels.find((l) => l.peers > 0)!.link
  const system = systemOf(links.calibration, links.pool, level)
  const tables = exchange.tables.filter((t) => t.system === system?.system)
  if (system === undefined || tables.length === 0) return acrossTime(links, group, traffic)
  const curves = tables.map((table) => tableCurve(exchange, table, traffic.pattern))
  const ranks = tables[0]!.ranks
  const { experts, topK } = exchange.measuredAt
  const scale = (system.slower * copies(traffic, group.size)) / copies({ experts, topK }, ranks)
  const floor = Math.min(...curves.map((c) => 2 ** c.logs[0]!))
  const exact =
    group.size === ranks &&
    system.slower === 1 &&
    experts === traffic.experts &&
    topK === traffic.topK &&
    !traffic.groups &&
    !traffic.redundant
  return {
    combine: 'min',
    parts: curves.map((curve) => ({ among: 1, start: floor, floor, scale, curve })),
    pedigree: exact && system.own ? 'measured' : 'derived',
    basis: `${system.system} ${traffic.pattern} x${ranks}${exact ? '' : ` scaled to x${group.size}`}`,
  }
}

const curvesOf = new WeakMap<ExchangeTables['tables'][number], Record<ExpertTraffic['pattern'], Curve>>()

/** Seconds over the bytes of a rank's tokens, resampled to powers of two. */
function tableCurve(exchange: ExchangeTables, table: ExchangeTables['tables'][number], pattern: ExpertTraffic['pattern']): Curve {
  let curves = curvesOf.get(table)
  if (curves === undefined) {
    const { hidden, dispatchBytes, combineBytes } = exchange.measuredAt
    const curve = (us: readonly number[], element: number) =>
      makeCurve(
        table.tokens.map((t) => t * hidden * element),
        us.map((t) => t * 1e-6),
      )
    curves = { dispatch: curve(table.dispatchUs, dispatchBytes), combine: curve(table.combineUs, combineBytes) }
    curvesOf.set(table, curves)
  }
  return curves[pattern]
}

function acrossTime(links: Links, group: Pick<Group, 'size' | 'levels'>, traffic: ExpertTraffic): LinkTime {
  const { lowLatency, throughput } = links.calibration.exchange.network
  const used = group.levels.filter((level) => level.peers > 0)
  const [inner, outer] = [used[0]!, used.at(-1)!]
  const placed = nodesOf(group)
  const nodes = used.length > 1 ? placed : group.size
  const near = groupBandwidth(inner.link, Math.min(inner.inside, group.size))
  const far = outer.link.bandwidth
  const remote = 1 - 1 / nodes
  const base = traffic.pattern === 'dispatch' ? lowLatency.dispatchBase : lowLatency.combineBase
  const single = traffic.topK * ((1 - remote) / (near * lowLatency.scaleUpEfficiency) + remote / (far * lowLatency.scaleOutEfficiency))
  const forwarded = Math.max(
    copies(traffic, group.size, placed) / (near * throughput.scaleUpEfficiency),
    (distinctTargets(traffic, nodes, placed) * remote) / (far * throughput.scaleOutEfficiency),
  )
  return {
    combine: 'min',
    parts: [affine(base, single), affine(throughput.base, forwarded)],
    pedigree: 'derived',
    basis: `${traffic.pattern} over ${nodes} nodes of ${Math.round(group.size / nodes)}`,
  }
}

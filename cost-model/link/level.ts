import type { LinkLevel, Pool } from '../../spaces/fleet.ts'
import type { Group } from '../../spaces/placement.ts'
import type { Calibration, CollectiveKind } from '../calibration.ts'
import type { Curve } from './curve.ts'
import { findTable } from './tables.ts'
import { affine, type LinkPart, type LinkTime, measuredCurve, scaledCurve } from './time.ts'

/** Bytes a rank sends per byte of the tensor (Thakur et al. 2005): ring all-reduce twice what a gather or scatter sends. */
export function sentShare(kind: CollectiveKind, size: number): number {
  return (kind === 'all-reduce' ? 2 : 1) * ((size - 1) / size)
}

/** Domains of fast links that a group is spread over, each with as many of it as the worst placed has. */
export function nodesOf({ size, levels }: Pick<Group, 'size' | 'levels'>): number {
  const used = levels.filter((level) => level.peers > 0)
  const [inner] = used
  if (inner === undefined || (used.length === 1 && inner.link.kind !== 'scale-out')) return 1
  return Math.ceil(size / (used.length > 1 ? inner.inside : 1))
}

/** Time of a collective whose ranks all lie on one link level: measured, scaled from a measured one, or latency plus bytes over bandwidth. */
export function levelTime(
  calibration: Calibration,
  pool: Pool,
  level: LinkLevel,
  kind: CollectiveKind,
  library: string,
  size: number,
): LinkTime {
  const table = findTable(calibration, pool, level, kind, library, size)
  if (table === undefined) return alphaBeta(calibration, level, kind, size)
  const { curve, slower, gpus, own, system } = table
  const exact = gpus === size && slower === 1
  const basis = `${system} ${kind} x${gpus}`
  if (exact) return alone(measuredCurve(curve), own ? 'measured' : 'derived', `${basis}${smoothing(curve)}`)
  // The latency of a table grows with the steps of a tree, what is above it with the bytes sent and the link's slowness.
  const latency = latencySteps(size) / latencySteps(gpus)
  const scale = (slower * sentShare(kind, size)) / sentShare(kind, gpus)
  return alone(scaledCurve(curve, latency, scale), 'derived', `${basis} scaled to x${size}${smoothing(curve)}`)
}

/** What was done to a measured curve to make it monotone: its points moved by so much at most. */
function smoothing({ residual }: Curve): string {
  return residual < 0.005 ? '' : `, made monotone by up to ${Number((residual * 100).toPrecision(2))} %`
}

function alone(part: LinkPart, pedigree: LinkTime['pedigree'], basis: string): LinkTime {
  return { combine: 'sum', parts: [part], pedigree, basis }
}

function latencySteps(size: number): number {
  return 1 + Math.log2(size)
}

/** The named fallback: base + steps of a tree x hop latency + bytes sent over the achieved bandwidth. */
function alphaBeta(calibration: Calibration, level: LinkLevel, kind: CollectiveKind, size: number): LinkTime {
  const row = calibration.collectives.fallback.find((f) => f.link === level.kind) ?? calibration.collectives.fallback[0]!
  const latency = row.base + (kind === 'all-reduce' ? 2 : 1) * Math.log2(size) * row.hop
  const perByte = sentShare(kind, size) / (groupBandwidth(level, size) * row.efficiency)
  return alone(affine(latency, perByte), 'datasheet', `alpha-beta ${level.kind} x${size}`)
}

/** Bytes/s per rank that `size` of the level's GPUs reach among themselves: in a mesh only the links between them, B (n - 1) / (N - 1). */
export function groupBandwidth(level: LinkLevel, size: number): number {
  const meshed = level.topology === 'mesh' || level.topology === 'bridge'
  if (!meshed || level.span <= 1) return level.bandwidth
  return Math.min(level.bandwidth, (level.pairBandwidth ?? level.bandwidth / (level.span - 1)) * (size - 1))
}

/** One message to one other rank over a level. */
export function sendTime(calibration: Calibration, level: LinkLevel): LinkTime {
  const row = calibration.collectives.fallback.find((f) => f.link === level.kind) ?? calibration.collectives.fallback[0]!
  const perByte = 1 / (groupBandwidth(level, 2) * row.efficiency)
  return alone(affine(row.base + row.hop, perByte), 'datasheet', `alpha-beta ${level.kind} send`)
}

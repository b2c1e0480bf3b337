import type { LinkLevel, Pool } from '../../spaces/fleet.ts'
import type { Calibration, CollectiveKind, CollectiveTables } from '../calibration.ts'
import { type Curve, makeCurve } from './curve.ts'

/** A measured curve and how far it is from the hardware in question. */
export interface Table {
  readonly system: string
  readonly gpus: number
  readonly curve: Curve
  /** Bandwidth of the measured link over that of the level; 1: the link itself. */
  readonly slower: number
  /** The GPU itself was measured, not one of its generation. */
  readonly own: boolean
}

type Tables = ReadonlyMap<string, readonly { readonly gpus: number; readonly curve: Curve }[]>

const memo = new WeakMap<CollectiveTables, Tables>()

/** Curves by system, library and collective. */
function tablesOf(collectives: CollectiveTables): Tables {
  const found = memo.get(collectives)
  if (found) return found
  const tables = new Map<string, { gpus: number; curve: Curve }[]>()
  for (const { system, library, kind, gpus, bytes, us } of collectives.curves) {
    const key = tableKey(system, library, kind)
    const curve = makeCurve(
      bytes,
      us.map((t) => t * 1e-6),
    )
    tables.set(
      key,
      [...(tables.get(key) ?? []), { gpus, curve }].toSorted((a, b) => a.gpus - b.gpus),
    )
  }
  memo.set(collectives, tables)
  return tables
}

function tableKey(system: string, library: string, kind: CollectiveKind): string {
  return `${system} ${library} ${kind}`
}

/** System whose measurements stand for a level of a pool's links, and how much faster its link is. */
export function systemOf(calibration: Calibration, pool: Pool, level: LinkLevel): Pick<Table, 'system' | 'slower' | 'own'> | undefined {
  const { systems, bases } = calibration.collectives
  // A mesh or torus shares its bandwidth out otherwise than a switch; two GPUs of a bridge have it whole.
  if (level.kind === 'scale-up' && level.topology !== 'switch' && level.topology !== 'bridge') return undefined
  const own = systems.find((s) => s.link === level.kind && s.gpus.includes(pool.gpu.id))
  const base = bases.find((b) => b.link === level.kind && (b.generation === undefined || b.generation === pool.gpu.generation))
  const system = own ?? systems.find((s) => s.system === base?.system)
  return system && { system: system.system, slower: system.bandwidth / level.bandwidth, own: own !== undefined }
}

/** The table of a collective for a group of `size`: of that size, else of the largest measured below it, else the smallest. */
export function findTable(
  calibration: Calibration,
  pool: Pool,
  level: LinkLevel,
  kind: CollectiveKind,
  library: string,
  size: number,
): Table | undefined {
  const system = systemOf(calibration, pool, level)
  if (system === undefined) return undefined
  const tables = tablesOf(calibration.collectives)
  const wanted = kind === 'all-reduce' ? library : 'nccl'
  const sizes = tables.get(tableKey(system.system, wanted, kind)) ?? tables.get(tableKey(system.system, 'nccl', kind)) ?? []
  const table = sizes.findLast((t) => t.gpus <= size) ?? sizes[0]
  return table && { ...system, ...table }
}

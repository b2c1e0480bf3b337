import { type Column, type ColumnName, findColumn } from '../cost-model/column.ts'
import type { Scenario } from '../cost-model/scenario.ts'
import type { PrefillWorker } from '../cost-model/serve/disaggregated/prefill.ts'
import type { PrefillSide } from '../cost-model/worker-side.ts'
import type { Limit } from './limit.ts'
import type { Objective } from './objective.ts'

/** Columns of a pair that a better prefill worker (below) never makes worse. */
const improving: ReadonlySet<ColumnName> = new Set<ColumnName>([
  ...(['ttft_ms', 'tpot_ms', 'e2e_ms', 'tok_s_per_user', 'out_tok_s_per_gpu', 'out_tok_s', 'total_tok_s', 'req_s'] as const),
  ...(['usd_per_h', 'usd_per_mtok_in', 'usd_per_mtok_out', 'usd_per_mtok', 'fleet_w', 'j_per_tok', 'kv_transfer_ms'] as const),
  ...(['memory_gib', 'headroom_gib'] as const),
])

/**
 * Positions of prefill workers that need not be paired, because another one gives a pair that is at least as good whatever the decode worker and
 * the counts. That is exact:
 *
 * - Both have as many GPUs of the same pool and the same KV (format, TP, stages, sequence and attention-DP ranks), so the rules, the link, the bytes
 *   of a transfer, the prices and the watts of their pairs are the same.
 * - The decode workers decide the rate of a pair (their batch in a closed loop, the arrivals in an open one) and its TPOT, whoever prefills.
 * - What is left, TTFT and whether the pair can be in that state, depends on the prefill worker through numbers in each of which it is monotone
 *   (`prefillSojourn`, `transferTimes`, `pairReason`): fixed, perPrompt, passage (and what is used of memory, where that is asked for), less is better; most, holds
 *   (and headroom; and chunks, where KV leaves by these), more is. Where the beaten worker takes one prompt at a time, its sojourn is that of M/G/c with fixed + perPrompt seconds, which bounds
 *   that of a worker which takes more at once and no longer for one. The other worker is at least as good in all of this, and the beaten one not.
 *
 * So no pair of a beaten worker beats, or is missing beside, one that is kept; where it ties with that in every objective, the front shows the better
 * worker alone. None is beaten where an objective or a limit is on a column for which this does not hold, nor where the prefill worker gives the first
 * token and sends pieces: what of a transfer a faster prefill hides less of then lands in the TPOT.
 */
export function beatenPrefill(
  sides: readonly PrefillSide[],
  { engine }: Pick<Scenario, 'engine'>,
  objectives: readonly Objective[],
  limits: readonly Limit[],
): ReadonlySet<number> {
  const { firstToken, sends } = engine.disaggregation ?? {}
  if (firstToken === 'prefill' && sends !== 'prompt') return new Set()
  if (!objectives.every(({ column }) => improving.has(column)) || !limits.every(isAligned)) return new Set()
  const memory = [...objectives, ...limits].some(({ column }) => column === 'memory_gib' || column === 'headroom_gib')
  const asked = { memory, pieces: sends !== 'prompt' }
  const classes = new Map<string, number[]>()
  for (const [i, side] of sides.entries()) {
    const key = exchangeOf(side)
    classes.set(key, [...(classes.get(key) ?? []), i])
  }
  const beaten = new Set<number>()
  for (const members of classes.values()) {
    for (const i of members) if (members.some((other) => beats(sides[other]!, sides[i]!, asked))) beaten.add(i)
  }
  return beaten
}

/** A bound on the side that gets better; a better worker may have a wider band. */
function isAligned({ column, bound, pessimistic }: Limit): boolean {
  const { better } = findColumn(column) as Column
  return pessimistic === undefined && improving.has(column) && (better === 'low') === (bound === 'max')
}

function exchangeOf({ pool, gpus, plan: { layout, precision } }: PrefillSide): string {
  const { tp, pp, sp, attentionDp, dcp } = layout
  return [pool.id, gpus, precision.kv, tp, pp, sp, attentionDp, dcp].join(' ')
}

/** A server that takes one prompt at a time is beaten by one that takes no longer for one, however many it takes at once. */
function servesAtLeast(a: PrefillWorker, b: PrefillWorker): boolean {
  if (b.most <= 1) return a.fixed + a.perPrompt <= b.fixed + b.perPrompt
  return a.fixed <= b.fixed && a.perPrompt <= b.perPrompt && a.most >= b.most
}

/** What matters of workers beside how fast they are: the memory they use, and how early their KV leaves. */
interface Asked {
  readonly memory: boolean
  readonly pieces: boolean
}

/** Less is better. */
function figuresOf({ worker, memory }: PrefillSide, asked: Asked): readonly number[] {
  const { passage, holds, chunks } = worker
  const { reserve: _, ...used } = memory.terms
  const ofMemory = asked.memory ? [Object.values(used).reduce((a, b) => a + b), -memory.headroom] : []
  return [passage, -holds, ...(asked.pieces ? [-chunks] : []), ...ofMemory]
}

function isAtLeast(a: PrefillSide, b: PrefillSide, asked: Asked): boolean {
  const [mine, other] = [figuresOf(a, asked), figuresOf(b, asked)]
  return servesAtLeast(a.worker, b.worker) && mine.every((value, i) => value <= other[i]!)
}

/** Workers that are at least as good as each other both stay. */
function beats(a: PrefillSide, b: PrefillSide, asked: Asked): boolean {
  return isAtLeast(a, b, asked) && !isAtLeast(b, a, asked)
}

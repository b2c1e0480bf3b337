import { regimes } from './bands/regime.ts'

/**
 * One value of an evaluated plan. This table is the only place that names, orders, scales or documents a column: CSV headers, JSON
 * Schemas, shared buffers, axes of figures and terminal tables all derive from it.
 */
export interface Column {
  /** snake_case with the unit as suffix, as printed. */
  readonly name: string
  readonly unit: string
  /** Which direction is an improvement; null: neither. */
  readonly better: 'low' | 'high' | null
  /** Significant digits printed. */
  readonly digits: number
  /** Printed number = stored SI number x scale. */
  readonly scale: number
  /** The stored number is an index into these words. */
  readonly labels?: readonly string[]
  /**
   * What a value takes that not every fleet, study or plan has (latencies: that the study asks for them; workers: separate ones; doubt: a weak spot of the closed form; chance: that it is near the
   * front).
   */
  readonly needs?: Need
  readonly doc: string
}

export type Need = 'price' | 'power' | 'bands' | 'latencies' | 'slo' | 'workers' | 'replay' | 'doubt' | 'chance'

const ms = 1e3
const gib = 1 / 2 ** 30
const million = 1e6

export const bounds = ['compute', 'memory', 'communication', 'overhead'] as const
export type Bound = (typeof bounds)[number]

/** Weakest evidence behind a prediction, best first. */
export const pedigrees = ['measured', 'fitted', 'derived', 'datasheet'] as const
export type Pedigree = (typeof pedigrees)[number]

export const statuses = ['ok', 'misses-slo', 'out-of-memory'] as const
export type Status = (typeof statuses)[number]

/**
 * What bounds the requests per second of an overloaded replica: their work itself, or a limit that leaves its steps too empty; of a disaggregated
 * plan the stage.
 */
export const capacityLimits = ['work', 'token-budget', 'seats', 'kv', 'prefill', 'transfer'] as const
export type CapacityLimit = (typeof capacityLimits)[number]

/** How a plan's latencies and rates were found: in closed form, or by replaying its engine step by step. */
export const fidelities = ['closed', 'replay'] as const
export type Fidelity = (typeof fidelities)[number]

/**
 * Where a closed form of serving is known to be weak: where prompts just begin to queue, where KV is about to run out, where requests are often
 * preempted, where nearly as many arrive as can be served.
 */
export const weaknesses = ['knee', 'kv', 'preempting', 'overload edge'] as const
export type Weakness = (typeof weaknesses)[number]

const low = 'low'
const high = 'high'

function column<N extends string>(name: N, unit: string, better: Column['better'], scale: number, doc: string, digits = 6) {
  return { name, unit, better, digits, scale, doc } satisfies Column
}

function needing<N extends string>(needs: Need, of: Column & { readonly name: N }) {
  return { ...of, needs }
}

/** Percentile of a latency over requests, where a study asks for one. */
function percentile<L extends 'ttft' | 'tpot' | 'e2e', P extends number>(latency: L, p: P) {
  return needing('latencies', column(`${latency}_ms_p${p}`, 'ms', low, ms, `${p}th percentile of ${latency.toUpperCase()} over requests`))
}

/** Percentile over tokens, where a study asks for one. */
function interToken<P extends number>(p: P) {
  return needing(
    'latencies',
    column(`itl_ms_p${p}`, 'ms', low, ms, `${p}th percentile of the time between two steps that give a request tokens`),
  )
}

/** An end of the interval that holds four of five measured values. */
function band<N extends string, E extends 'lo' | 'hi'>(name: N, end: E, unit: string, better: Column['better'], scale: number) {
  const doc = `${end === 'lo' ? 'lower' : 'upper'} end of the 80 % band of ${name}`
  return needing('bands', column(`${name}_${end}80`, unit, better, scale, doc))
}

/** How far the replay of a plan is from its closed form. */
function gap<N extends string>(name: N, of: string) {
  return needing('replay', column(`${name}_gap_percent`, '%', null, 100, `${of} by replay, beyond that of the closed form`, 4))
}

function label<N extends string>(name: N, labels: readonly string[], doc: string) {
  return { name, unit: '', better: null, digits: 0, scale: 1, labels, doc } satisfies Column
}

export const columns = [
  label('status', statuses, 'ok; evaluated but misses an SLO or a limit; or does not fit in memory'),
  column('ttft_ms', 'ms', low, ms, 'mean time to first token at this concurrency'),
  column('tpot_ms', 'ms', low, ms, 'mean time per output token after the first'),
  column('e2e_ms', 'ms', low, ms, 'TTFT + (output tokens - 1) x TPOT'),
  column('out_tok_s_per_gpu', 'tokens/s', high, 1, 'output tokens per second and GPU'),
  column('tok_s_per_user', 'tokens/s', high, 1, 'output tokens per second that one request sees after its first: 1 / TPOT'),
  column('out_tok_s', 'tokens/s', high, 1, 'output tokens per second of the whole fleet'),
  column('total_tok_s', 'tokens/s', high, 1, 'prompt and output tokens per second of the whole fleet'),
  column('req_s', 'requests/s', high, 1, 'requests finished per second by the whole fleet'),
  column('concurrency', 'requests', null, 1, 'requests in the system over the whole fleet: throughput x mean time in system (Little)'),
  column('running', 'requests', null, 1, 'requests that hold a seat and KV on one replica; the rest of its batch waits'),
  column('memory_gib', 'GiB', low, gib, 'memory used on the fullest GPU'),
  column('weights_gib', 'GiB', low, gib, 'weights on the fullest GPU'),
  column('kv_gib', 'GiB', low, gib, 'KV cache of the running requests on the fullest GPU, in whole blocks'),
  column('state_gib', 'GiB', low, gib, 'recurrent state of the running requests on the fullest GPU'),
  column('activations_gib', 'GiB', low, gib, 'peak activations, sampler included'),
  column('graphs_gib', 'GiB', low, gib, 'captured CUDA graphs'),
  column('non_torch_gib', 'GiB', low, gib, 'memory outside the tensor library: contexts, NCCL'),
  column('comm_gib', 'GiB', low, gib, 'communication buffers'),
  column('reserve_gib', 'GiB', low, gib, 'memory the engine leaves unused by policy'),
  column('headroom_gib', 'GiB', high, gib, 'free memory left on the fullest GPU'),
  column('kv_capacity_tokens', 'tokens', high, 1, 'tokens of KV that one replica can hold'),
  column('max_batch', 'requests', high, 1, 'largest batch of one replica that fits in memory'),
  label('prefill_bound', bounds, 'what most of a prefill step waits for'),
  label('decode_bound', bounds, 'what most of a decode step waits for'),
  column('prefill_comm_share', '', low, 1, 'share of a prefill step spent in communication', 4),
  column('decode_comm_share', '', low, 1, 'share of a decode step spent in communication', 4),
  needing('price', column('usd_per_h', '$/h', low, 1, 'rent of the fleet')),
  needing('price', column('usd_per_mtok_in', '$/Mtok', low, million, 'rent divided by prompt tokens')),
  needing('price', column('usd_per_mtok_out', '$/Mtok', low, million, 'rent divided by output tokens')),
  needing('price', column('usd_per_mtok', '$/Mtok', low, million, 'rent divided by prompt and output tokens together (blended)')),
  needing('power', column('fleet_w', 'W', low, 1, 'power of the fleet, nodes included')),
  needing('power', column('j_per_tok', 'J/token', low, 1, 'energy per output token')),
  label('confidence', pedigrees, 'weakest evidence behind the times: measured, fitted, derived, or datasheet figures alone'),
  band('ttft_ms', 'lo', 'ms', low, ms),
  band('ttft_ms', 'hi', 'ms', low, ms),
  band('tpot_ms', 'lo', 'ms', low, ms),
  band('tpot_ms', 'hi', 'ms', low, ms),
  band('out_tok_s_per_gpu', 'lo', 'tokens/s', high, 1),
  band('out_tok_s_per_gpu', 'hi', 'tokens/s', high, 1),
  percentile('ttft', 99),
  percentile('tpot', 99),
  percentile('ttft', 50),
  percentile('ttft', 90),
  percentile('ttft', 95),
  percentile('tpot', 50),
  percentile('tpot', 90),
  percentile('tpot', 95),
  percentile('e2e', 50),
  percentile('e2e', 90),
  percentile('e2e', 95),
  percentile('e2e', 99),
  interToken(99),
  interToken(50),
  interToken(90),
  interToken(95),
  needing('slo', column('goodput_req_s', 'requests/s', high, 1, 'requests finished per second by the whole fleet that meet every SLO')),
  needing(
    'slo',
    column(
      'slo_capacity_req_s',
      'requests/s',
      high,
      1,
      'most requests per second at which the fleet meets the SLO, at most batch at once on a replica',
    ),
  ),
  needing(
    'latencies',
    column('class_slo_use', '', low, 1, 'largest share of its own SLO that a class of requests uses: above 1 it misses it', 4),
  ),
  needing(
    'latencies',
    column(
      'class_slo_worst',
      '',
      null,
      1,
      'the class and latency of that share: 3 x class (from 0) + 1 for TTFT, 2 for TPOT, 3 for E2E',
      3,
    ),
  ),
  needing('latencies', label('capacity_bound', capacityLimits, 'what bounds the requests per second of an overloaded replica')),
  needing('workers', column('prefill_wait_ms', 'ms', low, ms, 'mean wait for a prefill worker')),
  needing('workers', column('kv_transfer_ms', 'ms', low, ms, 'mean time that the KV of a prompt is on its way to a decode worker')),
  needing(
    'workers',
    column(
      'admission_ms',
      'ms',
      low,
      ms,
      'mean time from the end of prefill to the first step of a decode worker: what of the transfer is not hidden, and admission',
    ),
  ),
  label('fidelity', fidelities, 'where latencies, rates and what derives from them are from: the closed form, or a replay'),
  gap('ttft', 'mean TTFT'),
  gap('tpot', 'mean TPOT'),
  gap('out_tok_s', 'output tokens per second'),
  band('e2e_ms', 'lo', 'ms', low, ms),
  band('e2e_ms', 'hi', 'ms', low, ms),
  needing('bands', label('regime', regimes, 'how near the plan is to what was measured: which errors its bands are from')),
  needing(
    'chance',
    column(
      'p_front',
      '',
      high,
      1,
      'chance that nothing beats the plan, given the errors of predictions; of plans near the front, where not the front alone was kept',
      3,
    ),
  ),
  needing(
    'chance',
    column(
      'p_slo',
      '',
      high,
      1,
      'chance that the plan meets every SLO and limit, given the errors of predictions; of plans near the front',
      3,
    ),
  ),
  needing('doubt', label('weak', weaknesses, 'where the closed form is known to be weak: replay the plan; empty: nowhere near')),
] as const

export type ColumnName = (typeof columns)[number]['name']

const index = new Map<string, number>(columns.map((c, i) => [c.name, i] as const))

/** Position of each column in a row of values. */
export const at = Object.fromEntries(index) as Readonly<Record<ColumnName, number>>

export function columnIndex(name: ColumnName): number {
  return at[name]
}

export function findColumn(name: string): Column | undefined {
  const i = index.get(name)
  return i === undefined ? undefined : columns[i]
}

/** Values in a row of the shared buffers. NaN: not applicable (printed empty). */
export const rowWidth: number = columns.length

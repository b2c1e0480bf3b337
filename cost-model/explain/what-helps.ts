import { type Figure, figureValue } from '../../spaces/figure.ts'
import type { LinkLevel, Pool } from '../../spaces/fleet.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'
import { evaluate, type Values } from '../evaluate.ts'
import type { Scenario } from '../scenario.ts'
import type { Help } from './explanation.ts'

/** Ten percent more of a thing, or ten percent less of what one wants none of. */
const [more, less] = [1.1, 0.9]

interface Change {
  readonly name: string
  readonly kinds?: readonly LinkLevel['kind'][]
  readonly apply: (scenario: Scenario) => Scenario
}

const changes: readonly Change[] = [
  { name: 'FLOP/s', apply: (s) => inPools(s, (pool) => ({ ...pool, gpu: { ...pool.gpu, ...fasterArithmetic(pool) } })) },
  { name: 'HBM bandwidth', apply: (s) => inPools(s, withFasterMemory) },
  linkChange('scale-up bandwidth', ['scale-up', 'pcie']),
  linkChange('network bandwidth', ['scale-out']),
  { name: 'kernel and launch overhead', apply: withLessOverhead },
]

/** What each would do to a plan that runs, by evaluating it again; links that the pool lacks are left out. The greatest help first. */
export function whatHelps(scenario: Scenario, plan: ColocatedPlan): readonly Help[] {
  const base = evaluate(scenario, plan).values
  const pool = scenario.pools.find(({ id }) => id === plan.pool)
  const possible = changes.filter(({ kinds }) => kinds === undefined || pool?.links.some(({ kind }) => kinds.includes(kind)))
  const helps = possible.map(({ name, apply }) => ({ name, changes: relative(base, evaluate(apply(scenario), plan).values) }))
  return helps.toSorted((a, b) => size(b) - size(a))
}

const columns = ['ttft_ms', 'tpot_ms', 'out_tok_s_per_gpu'] as const

/** Of columns that have a value. */
function relative(base: Values, other: Values): Help['changes'] {
  return Object.fromEntries(columns.filter((name) => base[name] > 0).map((name) => [name, other[name] / base[name] - 1]))
}

function size({ changes }: Help): number {
  return Object.values(changes).reduce((sum, change) => sum + Math.abs(change), 0)
}

function inPools(scenario: Scenario, change: (pool: Pool) => Pool): Scenario {
  return { ...scenario, pools: scenario.pools.map(change) }
}

/** What was measured of matrix products grows with the peak: the efficiency stays. */
function fasterArithmetic({ gpu: { flops, measured } }: Pool): Partial<Pool['gpu']> {
  return { flops: scaled(flops), measured: measured && scaled(measured) }
}

function scaled<T extends Readonly<Record<string, Figure | undefined>>>(figures: T): T {
  return Object.fromEntries(Object.entries(figures).map(([name, f]) => [name, f && more * figureValue(f)])) as T
}

function withFasterMemory(pool: Pool): Pool {
  const { memory } = pool.gpu
  return { ...pool, gpu: { ...pool.gpu, memory: { ...memory, bandwidth: more * figureValue(memory.bandwidth) } } }
}

function linkChange(name: string, kinds: readonly LinkLevel['kind'][]): Change {
  const faster = (link: LinkLevel): LinkLevel =>
    kinds.includes(link.kind)
      ? { ...link, bandwidth: more * link.bandwidth, pairBandwidth: link.pairBandwidth && more * link.pairBandwidth }
      : link
  return { name, kinds, apply: (s) => inPools(s, (pool) => ({ ...pool, links: pool.links.map(faster) })) }
}

const overheads = ['floor', 'perDoubling', 'perContextDoubling', 'perExpert', 'split'] as const

/** Floors of kernels, launches, and the engine's work between steps; latencies of links stay. */
function withLessOverhead(scenario: Scenario): Scenario {
  const { engine, calibration } = scenario
  const { efficiency } = calibration
  const { perStep, perSequence, perRequest, perLaunch } = engine.overhead
  const rows = efficiency.rows.map((row) => ({
    ...row,
    ...Object.fromEntries(overheads.filter((name) => row[name] !== undefined).map((name) => [name, less * row[name]!])),
  }))
  return {
    ...scenario,
    engine: {
      ...engine,
      overhead: {
        ...{ perStep: less * perStep, perSequence: less * perSequence, perRequest: less * perRequest },
        ...(perLaunch !== undefined && { perLaunch: less * perLaunch }),
      },
      graphs: { ...engine.graphs, eagerCollective: less * engine.graphs.eagerCollective },
    },
    calibration: {
      ...calibration,
      efficiency: { ...efficiency, rows, host: { ...efficiency.host, launch: less * efficiency.host.launch } },
    },
  }
}

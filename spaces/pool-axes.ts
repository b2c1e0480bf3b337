import { type Axes, countAxis, speculationAxis, wordAxis } from './axes.ts'
import { type Axis, axisValues } from './axis.ts'
import { type Engine, valueForMemory } from './engine.ts'
import type { Allowed } from './factorise.ts'
import type { Pool } from './fleet.ts'
import type { Gpu } from './gpu.ts'
import { InputError } from './issue.ts'
import { longestTokens } from './length.ts'
import type { Model } from './model.ts'
import type { SequenceKind, Speculation } from './plan.ts'
import { findFormat, formatNames } from './precision.ts'
import { expertCounts } from './rules/experts.ts'
import { activationFormats, commFormats, kvFormats, multiplies } from './rules/precision.ts'
import { inside, issueAt, type Where } from './where.ts'
import type { Workload } from './workload.ts'

/** Everything a space is made for. A cost-model scenario is one. */
export interface SpaceInputs {
  readonly model: Model
  readonly engine: Engine
  readonly workload: Workload
  readonly pools: readonly Pool[]
  /** The phase that its plans serve where prefill and decode are separate; absent: both. */
  readonly role?: 'prefill' | 'decode'
}

/** The axes of one pool with every default filled in: tests for widths, which are divisors of the GPUs; values for the rest. */
export interface PoolAxes {
  readonly widths: Readonly<Record<Width, Allowed>>
  /** Undefined: what attention's widths imply. */
  readonly ffnTp: Allowed | undefined
  readonly spKinds: readonly SequenceKind[]
  readonly redundantExperts: readonly number[]
  readonly weights: Axis<string>
  readonly activations: Axis<string>
  readonly kv: Axis<string>
  readonly comm: Axis<string>
  readonly speculation: Axis<Speculation | undefined>
  readonly batch: Axis<number>
  readonly chunk: Axis<number>
}

const widths = ['replicas', 'pp', 'attentionDp', 'sp', 'tp', 'dcp', 'ep', 'moeTp', 'moeDp'] as const
type Width = (typeof widths)[number]

/** Every size to 8, then four to an octave up to 512: neighbours differ by a quarter at most, and larger ones fit captured graphs. */
const batchSizes: readonly number[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8],
  ...[8, 16, 32, 64, 128, 256].flatMap((octave) => [5, 6, 7, 8].map((quarter) => (octave * quarter) / 4)),
]

/** Budgets that engines are run with: below, prompts crawl; above, decode stalls behind prefill. */
const chunkSizes: readonly number[] = [512, 1024, 2048, 4096, 8192, 16384]

/**
 * Fills in what a study leaves open for one pool. Widths: every divisor that the engine can use (pp, attention DP, dcp, ep), sp and
 * copies of experts only when asked for (they multiply the space and pay in corners of it); dense-FFN TP as attention implies. Weights:
 * as shipped; activations: what the weights are made for, 16 bits where the GPU lacks that; KV: as the checkpoint says; collectives: 16
 * bits. Batch: 1 to 512; chunk: the engine's own token budget, or the prompt where that must fit whole. InputError for an axis without values.
 */
export function poolAxes(axes: Axes, { model, engine, workload }: SpaceInputs, pool: Pool, where: Where = {}): PoolAxes {
  const filled = <T>(name: keyof Axes, axis: Axis<T>) => nonEmpty(axis, inside(where, name))
  const half = sixteenBits(pool.gpu)
  const weightFormats = model.checkpoint.quantization === 'none' ? formatNames : ['shipped', ...formatNames]
  const weights = filled('weights', wordAxis(axes.weights ?? 'shipped', weightFormats))
  const activations = axes.activations ?? axisValues(weights).map((name) => activationsFor(name, model, pool.gpu))
  const kv = findFormat(model.checkpoint.kv)?.name ?? 'bf16'
  const implied = impliedWidths(model, engine)
  const width = (name: Width): Allowed => {
    const spec = axes[name] ?? implied[name] ?? 'all'
    return spec === 'all' ? 'all' : allowed(filled(name, countAxis(spec, [])))
  }
  const ffnTp = axes.ffnTp
  const chunk = valueForMemory(engine.scheduler.tokenBudget, pool.memory.bytes)
  const prompt = engine.scheduler.chunkedPrefill ? 1 : Math.ceil(longestTokens(workload.isl))
  return {
    widths: Object.fromEntries(widths.map((name) => [name, width(name)])) as Record<Width, Allowed>,
    ffnTp: ffnTp === undefined || ffnTp === 'all' ? ffnTp : allowed(filled('ffnTp', countAxis(ffnTp, []))),
    spKinds: axisValues(filled('spKind', sequenceKindAxis(axes, engine))) as readonly SequenceKind[],
    redundantExperts: axisValues(filled('redundantExperts', countAxis(axes.redundantExperts ?? 0, [0]))),
    weights,
    activations: filled('activations', wordAxis(activations, activationFormats)),
    kv: filled('kv', wordAxis(axes.kv ?? (kv === 'bf16' ? half : kv), kvFormats)),
    comm: filled('comm', wordAxis(axes.comm ?? half, commFormats)),
    speculation: filled('speculation', speculationAxis(axes.speculation ?? 'off')),
    batch: filled('batch', countAxis(axes.batch ?? 'all', batchSizes)),
    chunk: filled('chunk', countAxis(axes.chunk ?? Math.max(chunk, prompt), chunkSizes)),
  }
}

/** Widths that are 1 unless asked for, because the engine or the model has no use for more. */
function impliedWidths(model: Model, { parallel }: Engine): Partial<Record<Width, number>> {
  const moe = expertCounts(model).length > 0
  const attentionDp = parallel.attentionDp !== 'no' && (moe || parallel.attentionDpDense)
  return {
    ...(parallel.pipeline ? {} : { pp: 1 }),
    ...(attentionDp ? {} : { attentionDp: 1 }),
    ...(parallel.decodeContext === true ? {} : { dcp: 1 }),
    ...(moe ? {} : { ep: 1 }),
    sp: 1,
    moeDp: 1,
  }
}

/** Kinds are only looked at where sp > 1; an engine without any keeps one, so that its rule can say so. */
function sequenceKindAxis(axes: Axes, { parallel }: Engine): Axis<string> {
  const known = parallel.prefillSequence.length > 0 ? parallel.prefillSequence : ['ring']
  return wordAxis(axes.spKind ?? known, ['ring', 'all-to-all', 'all-gather'])
}

/** What a product of these weights quantises its activations to on this GPU. */
function activationsFor(weights: string, model: Model, gpu: Gpu): string {
  const stored = findFormat(weights === 'shipped' ? model.checkpoint.activation : weights)
  if (stored === undefined) return sixteenBits(gpu)
  const own = activationFormats.includes(stored.name) ? stored.name : stored.math
  return multiplies(gpu, own) ? own : sixteenBits(gpu)
}

function sixteenBits(gpu: Gpu): 'bf16' | 'fp16' {
  return gpu.flops.bf16 === undefined && gpu.flops.fp16 !== undefined ? 'fp16' : 'bf16'
}

function allowed(axis: Axis<number>): Allowed {
  return (value) => axis.indexOf(value) >= 0
}

function nonEmpty<T>(axis: Axis<T>, where: Where): Axis<T> {
  if (axis.size > 0) return axis
  throw new InputError(
    issueAt(where, { code: 'empty-axis', message: 'has no values', suggestion: 'leave it out for the default, or write "all"' }),
  )
}

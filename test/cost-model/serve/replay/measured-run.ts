import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StepFunction } from '../../../../cost-model/serve/load.ts'
import type { Requests } from '../../../../cost-model/serve/replay/requests.ts'

/** A real run of vLLM 0.19 (LLMServingSim bench examples, MIT): when its requests came and what each measured. Seconds. */
export interface MeasuredRun {
  readonly requests: Requests
  readonly times: Float64Array
  readonly ttft: Float64Array
  readonly tpot: Float64Array
  readonly makespan: number
}

interface Line {
  readonly input_toks: number
  readonly output_toks: number
  readonly queued_ts: number
  readonly arrival_time: number
  readonly first_token_ts: number
  readonly last_token_ts: number
}

export function readRun(folder: string): MeasuredRun {
  const lines = readFileSync(join(folder, 'requests.jsonl'), 'utf8').trim().split('\n')
  const rows = lines.map((line) => JSON.parse(line) as Line)
  const start = rows[0].queued_ts
  const isl = Int32Array.from(rows, (r) => r.input_toks)
  return {
    requests: { isl, osl: Int32Array.from(rows, (r) => r.output_toks), cached: new Int32Array(isl.length) },
    times: Float64Array.from(rows, (r) => r.arrival_time - rows[0].arrival_time),
    ttft: Float64Array.from(rows, (r) => r.first_token_ts - start - (r.arrival_time - rows[0].arrival_time)),
    tpot: Float64Array.from(rows, (r) => (r.last_token_ts - r.first_token_ts) / (r.output_toks - 1)),
    makespan: Math.max(...rows.map((r) => r.last_token_ts)) - start,
  }
}

/** Llama-3.1-8B. */
const layers = 32
const perLayer = { layernorm: 2, qkv_proj: 1, rotary_emb: 1, o_proj: 1, gate_up_proj: 1, act_fn: 1, down_proj: 1 }

/** Step time from the operator times measured beside a run, interpolated linearly: a + b n kv is what decode attention follows. */
export function measuredStep(folder: string): StepFunction {
  const dense = curves(join(folder, 'operators/dense.csv'))
  const heads = curves(join(folder, 'operators/per_sequence.csv'))
  const attention = attentionTable(join(folder, 'operators/attention.csv'))
  return ({ prefillTokens, prefillSequences, prefillContext, decodeSequences, decodeContext }) => {
    const tokens = prefillTokens + decodeSequences
    const sequences = prefillSequences + decodeSequences
    let layer = attention(prefillTokens, prefillSequences * prefillContext, decodeSequences, decodeContext)
    for (const [name, times] of Object.entries(perLayer)) layer += times * interpolate(dense[name], tokens)
    const ends = interpolate(dense['embedding'], tokens) + interpolate(dense['final_layernorm'], tokens)
    const output = interpolate(heads['lm_head'], sequences) + interpolate(heads['sampler'], sequences)
    const seconds = (layers * layer + ends + output) / 1e6
    return { latency: seconds, period: seconds }
  }
}

interface Curve {
  readonly at: number[]
  readonly value: number[]
}

function rowsOf(file: string): readonly (readonly string[])[] {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => line.split(','))
}

function curves(file: string): Record<string, Curve> {
  const all: Record<string, Curve> = {}
  for (const [name, at, value] of rowsOf(file)) {
    all[name] ??= { at: [], value: [] }
    all[name].at.push(Number(at))
    all[name].value.push(Number(value))
  }
  return all
}

function interpolate({ at, value }: Curve, x: number): number {
  const [i, share] = between(at, x)
  return value[i] + share * (value[i + 1] - value[i])
}

/** Index of the knot before x and how far x is towards the next one; beyond the last knot the line goes on. */
function between(knots: readonly number[], x: number): readonly [number, number] {
  let [low, high] = [0, knots.length - 2]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (knots[middle] <= x) low = middle
    else high = middle - 1
  }
  return [low, Math.max(0, (x - knots[low]) / (knots[low + 1] - knots[low]))]
}

const powers = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384]
/** The grid that both runs were measured on; a prompt's context may be 0, a batch too. */
const chunks = powers.slice(0, 8)
const contexts = [0, ...powers]
const batches = [1, 2, 4, 8, 16, 32, 64, 128, 256]

type Attention = (chunk: number, cached: number, batch: number, context: number) => number

/** Microseconds of one layer's attention. */
function attentionTable(file: string): Attention {
  const times = new Map(rowsOf(file).map(([p, kv, n, context, us]) => [`${p},${kv},${n},${context}`, Number(us)]))
  const at: Attention = (p, kv, n, context) => {
    const us = times.get(`${p},${kv},${n},${context}`)
    if (us === undefined) throw new Error(`no attention time at ${p},${kv},${n},${context}`)
    return us
  }
  const withDecodes = (p: number, kv: number, n: number, context: number) => {
    if (n === 0) return p === 0 ? 0 : at(p, kv, 0, 0)
    const along = (batch: number) => line(powers, context, (c) => at(p, kv, batch, c))
    return line(batches, n, along)
  }
  return (p, kv, n, context) => {
    if (p === 0) return withDecodes(0, 0, n, context)
    return line(chunks, p, (chunk) => line(contexts, kv, (cached) => withDecodes(chunk, cached, n, context)))
  }
}

function line(knots: readonly number[], x: number, at: (knot: number) => number): number {
  const [i, share] = between(knots, x)
  const below = at(knots[i])
  return share === 0 ? below : below + share * (at(knots[i + 1]) - below)
}

export function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
}

import type { Overlap } from '../spaces/engine.ts'
import type { Op } from './graph.ts'

/**
 * Ops of a segment as a scheduler sees them. Ops start in order: each once its inputs, the op before it in its lane (arithmetic or
 * links: one at a time) and the op before it in its stream are done. The side stream holds what an engine runs beside the rest. An op of
 * no time occupies no lane.
 */
export interface Lanes {
  readonly network: Uint8Array
  readonly side: Uint8Array
  /** Exchanges of tokens with experts: where two batches take turns. */
  readonly yields: Uint8Array
  /** Positions of the ops whose results each takes. */
  readonly before: readonly (readonly number[])[]
}

/** When ops end, and the position each waited for: -1 at the start. */
export interface Spans {
  readonly ends: Float64Array
  readonly waits: Int32Array
}

export function makeSpans(count: number): Spans {
  return { ends: new Float64Array(count), waits: new Int32Array(count) }
}

/** Undefined where nothing runs beside anything (and `always` does not ask): ops then follow each other. */
export function lanesOf(
  ops: readonly Op[],
  before: () => Lanes['before'],
  overlaps: readonly Overlap[],
  always: boolean,
): Lanes | undefined {
  const side = ops.map((op) => op.beside !== undefined && overlaps.includes(op.beside))
  if (!always && !side.includes(true)) return undefined
  return {
    network: Uint8Array.from(ops, (op) => Number(op.lane === 'network')),
    side: Uint8Array.from(side, Number),
    yields: Uint8Array.from(ops, (op) => Number(op.kind === 'all-to-all' && op.pattern !== 'heads')),
    before: before(),
  }
}

/** Seconds from the first op to the end of the last. */
export function schedule({ network, side, before }: Lanes, seconds: ArrayLike<number>, { ends, waits }: Spans): number {
  // Last op so far of: main and side stream, compute and network lane.
  const last = [-1, -1, -1, -1]
  let end = 0
  for (let i = 0; i < seconds.length; i++) {
    const [stream, lane] = [side[i]!, 2 + network[i]!]
    const idle = seconds[i] === 0
    let wait = later(ends, last[stream]!, idle ? -1 : last[lane]!)
    for (const p of before[i]!) wait = later(ends, wait, p)
    ends[i] = startOf(ends, wait) + seconds[i]!
    waits[i] = wait
    last[stream] = i
    if (!idle) last[lane] = i
    end = Math.max(end, ends[i]!)
  }
  return end
}

function later(ends: Float64Array, a: number, b: number): number {
  if (a < 0 || b < 0) return Math.max(a, b)
  return ends[b]! > ends[a]! ? b : a
}

/** Positions of the ops that nothing can be taken from without the last ending sooner, last first. */
export function* critical({ ends, waits }: Spans, count: number): Generator<number> {
  let i = -1
  for (let k = 0; k < count; k++) i = later(ends, i, k)
  for (; i >= 0; i = waits[i]!) yield i
}

/**
 * The same for `layers` repetitions of the ops by each of two batches, which share the lanes but have streams of their own. They take
 * turns: each issues its ops up to the next exchange with experts, then the other does, whatever the ops take, so that no op that gets
 * faster can make the whole slower. Spans: first batch's layers, then the second's. Seconds until both are through.
 */
export function interleave(of: Lanes, seconds: ArrayLike<number>, layers: number, { ends, waits }: Spans): number {
  const { network, side, yields, before } = of
  const n = seconds.length
  const each = n * layers
  const lanes = [-1, -1]
  const streams = [
    [-1, -1],
    [-1, -1],
  ]
  const next = [0, 0]
  let end = 0
  for (let turn = 0; next[0]! < each || next[1]! < each; turn = 1 - turn) {
    while (next[turn]! < each) {
      const i = next[turn]! % n
      const id = turn * each + next[turn]!
      const idle = seconds[i] === 0
      let wait = later(ends, streams[turn]![side[i]!]!, idle ? -1 : lanes[network[i]!]!)
      for (const p of before[i]!) wait = later(ends, wait, id - i + p)
      ends[id] = startOf(ends, wait) + seconds[i]!
      waits[id] = wait
      streams[turn]![side[i]!] = id
      if (!idle) lanes[network[i]!] = id
      next[turn]!++
      end = Math.max(end, ends[id]!)
      if (yields[i] === 1 && !idle) break
    }
  }
  return end
}

function startOf(ends: Float64Array, wait: number): number {
  return wait < 0 ? 0 : ends[wait]!
}

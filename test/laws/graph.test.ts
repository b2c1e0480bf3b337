import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BadEdge, check } from '../../cost-model/check.ts'
import { type Graph, isNetwork, type Op, type Segment } from '../../cost-model/graph.ts'
import type { Digit } from '../../cost-model/mesh.ts'
import { parallelise } from '../../cost-model/parallelise.ts'
import { holds } from './law.ts'
import { type Drawn, randomPlan } from './random-plan.ts'

const phase = fc.constantFrom('prefill' as const, 'decode' as const)
const cases = fc.record({ drawn: randomPlan('prefill'), phase, at: fc.nat({ max: 10_000 }) })

function graphOf({ model, layout, plan, scenario }: Drawn, of: 'prefill' | 'decode'): Graph {
  return parallelise(model, layout, plan.precision, of, scenario.engine.parallel)
}

/** One op of the graph that answers to something, and the segment it is in: the n-th of them, round and round. */
function pick(
  graph: Graph,
  at: number,
  wanted: (op: Op, segment: Segment) => boolean,
): { readonly op: Op; readonly segment: Segment } | undefined {
  const found = graph.segments.flatMap((segment) => segment.ops.filter((op) => wanted(op, segment)).map((op) => ({ op, segment })))
  return found[at % Math.max(1, found.length)]
}

/** The graph with the ops of every segment that shares them changed. */
function edit(graph: Graph, { ops }: Segment, change: (ops: readonly Op[]) => readonly Op[]): Graph {
  return { ...graph, segments: graph.segments.map((s) => (s.ops === ops ? { ...s, ops: change(s.ops) } : s)) }
}

function put(graph: Graph, segment: Segment, op: Op, changes: Partial<Op>): Graph {
  return edit(graph, segment, (ops) => ops.map((o) => (o === op ? ({ ...o, ...changes } as Op) : o)))
}

/** Ops that take an op's result; the first op of what follows where it is a segment's last. */
function takers({ ops }: Segment, { name }: Op): readonly string[] {
  return ops.filter((op) => op.after.some((a) => a.op === name)).map((op) => op.name)
}

/** Either end of the edge is an op that was touched, or one that takes its result. */
function expectNamed(bad: BadEdge | undefined, touched: readonly string[], what: string): void {
  expect(bad, what).toBeDefined()
  expect(
    touched.some((name) => name === bad!.from || name === bad!.to),
    `${what}: ${JSON.stringify(bad)} of ${touched}`,
  ).toBe(true)
}

describe('the graph of a random model under a random plan', () => {
  it('hides no exchange, in prefill and in decode', () => {
    holds(cases, { seed: 41, runs: 200 }, ({ drawn, phase }) => {
      expect(check(graphOf(drawn, phase))).toBeUndefined()
    })
  })

  it('is caught when a collective is dropped, by an edge into or out of what it joined', () => {
    let dropped = 0
    holds(cases, { seed: 42, runs: 120 }, ({ drawn, phase, at }) => {
      const graph = graphOf(drawn, phase)
      const found = pick(graph, at, isNetwork)
      if (found === undefined) return
      const { op, segment } = found
      const without = edit(graph, segment, (ops) =>
        ops.filter((o) => o !== op).map((o) => ({ ...o, after: o.after.flatMap((a) => (a.op === op.name ? op.after : [a])) })),
      )
      const ends = [...op.after.map((a) => a.op), ...takers(segment, op)]
      // At the end of a segment the edge is the one into the next.
      const open = segment.ops.at(-1) === op || segment.ops[0] === op
      const bad = check(without)
      if (open) expect(bad, op.name).toBeDefined()
      else expectNamed(bad, ends, `dropped ${op.name}`)
      dropped++
    })
    expect(dropped).toBeGreaterThan(80)
  })

  it('is caught when an op waits for a later one, by that edge', () => {
    holds(cases, { seed: 43, runs: 60 }, ({ drawn, phase, at }) => {
      const graph = graphOf(drawn, phase)
      const found = pick(graph, at, (op, { ops }) => ops.indexOf(op) < ops.length - 1)!
      const later = found.segment.ops.at(-1)!
      const bad = check(put(graph, found.segment, found.op, { after: [{ op: later.name, why: 'data' }] }))
      expect(bad).toMatchObject({ segment: found.segment.name, from: later.name, to: found.op.name })
    })
  })

  it('is caught when two ops of a layer change places, of which one waits for the other', () => {
    holds(cases, { seed: 44, runs: 60 }, ({ drawn, phase, at }) => {
      const graph = graphOf(drawn, phase)
      const found = pick(graph, at, (op) => op.after.length > 0)!
      const { op, segment } = found
      const before = segment.ops.find((o) => o.name === op.after[0]!.op)!
      const swapped = edit(graph, segment, (ops) => ops.map((o) => (o === op ? before : o === before ? op : o)))
      expectNamed(check(swapped), [op.name, before.name], `${before.name} after ${op.name}`)
    })
  })

  it('is caught when a tensor is no longer cut as its maker cut it, by the edge from its maker or into its taker', () => {
    let whole = 0
    holds(cases, { seed: 45, runs: 120 }, ({ drawn, phase, at }) => {
      const graph = graphOf(drawn, phase)
      const isCut = ({ size, place }: Digit) => size > 1 && place !== 'replicated'
      const found = pick(graph, at, (op) => op.out.some(isCut))
      if (found === undefined) return
      const { op, segment } = found
      const uncut = (digits: readonly Digit[]) => digits.map((d) => ({ ...d, place: 'replicated' as const }))
      const names = [op.name, ...op.after.map((a) => a.op), ...takers(segment, op)]
      expect(check(put(graph, segment, op, { out: uncut(op.out) })), `out of ${op.name}`).toBeDefined()
      if (op.in.some(isCut)) {
        const bad = check(put(graph, segment, op, { in: uncut(op.in), out: uncut(op.out) }))
        if (segment.ops[0] === op || segment.ops.at(-1) === op) expect(bad, op.name).toBeDefined()
        else expectNamed(bad, names, `whole ${op.name}`)
      }
      whole++
    })
    expect(whole).toBeGreaterThan(60)
  })

  it('is caught when a stage is left out, or entered without a send', () => {
    holds(cases, { seed: 46, runs: 80 }, ({ drawn, phase, at }) => {
      const { pp } = drawn.layout
      if (pp === 1) return
      const graph = graphOf(drawn, phase)
      const stage = 1 + (at % (pp - 1))
      const without = (gone: (s: Segment) => boolean) => check({ ...graph, segments: graph.segments.filter((s) => !gone(s)) })
      expect(without((s) => s.stage === stage)).toBeDefined()
      expect(without((s) => s.stage === stage && s.name === 'hop')?.why).toBe('enters a stage without a send')
    })
  })

  it('is caught when layers change places, by the edge into the first that is not due', () => {
    let swaps = 0
    holds(cases, { seed: 47, runs: 100 }, ({ drawn, phase, at }) => {
      const graph = graphOf(drawn, phase)
      const runs = graph.segments.filter((s) => s.layer !== undefined)
      const first = runs[at % Math.max(1, runs.length - 1)]
      const second = runs[runs.indexOf(first!) + 1]
      if (first === undefined || second === undefined || first.stage !== second.stage) return
      const segments = graph.segments.map((s) => (s === first ? second : s === second ? first : s))
      expect(check({ ...graph, segments })).toMatchObject({ segment: second.name, to: second.ops[0]!.name })
      swaps++
    })
    expect(swaps).toBeGreaterThan(20)
  })
})

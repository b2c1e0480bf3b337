import { describe, expect, it } from 'vitest'
import { check } from '../../cost-model/check.ts'
import { countStep, rowsIn } from '../../cost-model/counts.ts'
import { longestPath } from '../../cost-model/critical-path.ts'
import { type Graph, isNetwork, type Op } from '../../cost-model/graph.ts'
import { parallelise } from '../../cost-model/parallelise.ts'
import { stepTime } from '../../cost-model/step.ts'
import { opTime } from '../../cost-model/timed.ts'
import { graphMeasures } from '../../optimizer/validate/seeds/graphs.ts'
import type { Layout } from '../../spaces/plan.ts'
import { catalog, decode, fp8, layoutOf, modelOf } from '../cost-model/layouts.ts'
import { estimate, key } from './plans.ts'

function graphOf(phase: 'prefill' | 'decode', changes: Partial<Layout>, model = 'deepseek-v3'): Graph {
  return parallelise(catalog.model(model), layoutOf(changes), fp8, phase)
}
const ops = (graph: Graph): readonly Op[] => graph.segments.flatMap((segment) => segment.ops)
const full = { pp: 2, sp: 2, spKind: 'ring', tp: 2, attentionDp: 2, ep: 8 } as const

describe('the op graph (seed 001)', () => {
  it('R-DAG-1: prefill and decode are graphs of their own', () => {
    expect(graphOf('prefill', full).phase).toBe('prefill')
    expect(ops(graphOf('decode', full)).map((op) => op.name)).not.toEqual(ops(graphOf('prefill', full)).map((op) => op.name))
  })

  it("R-DAG-2: has the seed's kinds of node and those that it left out", () => {
    const kinds = new Set(['prefill', 'decode'].flatMap((phase) => ops(graphOf(phase as Graph['phase'], full)).map((op) => op.kind)))
    const listed = ['linear', 'attention', 'expert', 'all-reduce', 'all-gather', 'all-to-all', 'route', 'kv-update'] as const
    for (const kind of [...listed, 'send', 'pointwise', 'sample'] as const) expect(kinds, kind).toContain(kind)
    expect(ops(graphOf('prefill', { tp: 2, sp: 2, spKind: 'ring', ep: 2, moeTp: 2 })).map((op) => op.kind)).toContain('reduce-scatter')
  })

  it('R-DAG-3: has edges of three kinds, each to an earlier op', () => {
    expect(new Set(ops(graphOf('prefill', full)).flatMap((op) => op.after.map(({ why }) => why)))).toEqual(
      new Set(['data', 'pipeline', 'sync']),
    )
    expect(check(graphOf('prefill', full))).toBeUndefined()
  })

  it('R-DAG-4: builds all 15 combinations of TP, SP, PP and EP with and without DP, without a hidden exchange', () => {
    for (const model of ['deepseek-v3', 'qwen3-235b-a22b', 'qwen3-next-80b-a3b-instruct']) {
      expect(graphMeasures['graphs built']!({ model })).toBe(60)
      expect(graphMeasures['graphs with a hidden exchange']!({ model })).toBe(0)
    }
  })

  it('R-DAG-4: replicas add no op', () => {
    expect(ops(graphOf('decode', { ...full, replicas: 4 }))).toEqual(ops(graphOf('decode', full)))
  })

  it('R-DAG-5: the rank order is PP, SP, TP from the outermost, and experts spread inside a stage', () => {
    const groups = ops(graphOf('prefill', full))
      .filter(isNetwork)
      .map(({ group }) => group)
    const stride = (axis: string) => groups.find((group) => group.axis === axis)?.stride
    expect([stride('pp'), stride('sp'), stride('tp'), stride('ep')]).toEqual([8, 2, 1, 1])
  })

  it('R-DAG-6: only neighbouring stages are joined, forwards, by a send', () => {
    const graph = graphOf('decode', { pp: 4, tp: 8 })
    expect(graph.segments.filter(({ name }) => name === 'hop').map(({ stage }) => stage)).toEqual([1, 2, 3])
    expect(check({ ...graph, segments: graph.segments.filter(({ stage }) => stage !== 1) })?.why).toBe('stage 0 to 2')
  })

  it('R-DAG-7: experts are reached by an explicit dispatch and left by an explicit combine, inside one stage', () => {
    const layer = graphOf('decode', { attentionDp: 8, ep: 8, pp: 2 }).segments.find(({ name }) => name === 'layers.1')!
    const path = layer.ops.filter(({ name }) => name.startsWith('moe.')).map(({ name }) => name)
    expect(path).toEqual(['moe.router', 'moe.route', 'moe.dispatch', 'moe.experts', 'moe.combine'])
    for (const op of layer.ops.filter(isNetwork)) expect(op.group.size * op.group.stride).toBeLessThanOrEqual(8)
  })

  it('R-DAG-8: routing waits until all sequence shards have arrived, and is not cut by TP', () => {
    const layer = graphOf('prefill', full).segments.find(({ name }) => name === 'layers.1')!
    const route = layer.ops.find(({ kind }) => kind === 'route')!
    expect(route.after.map(({ why }) => why)).toEqual(['sync'])
    const router = layer.ops.find(({ name }) => name === 'moe.router')!
    expect(router.dims).toMatchObject({ out: 256 })
    expect(layer.ops.findIndex(({ name }) => name === 'moe.return')).toBeGreaterThan(
      layer.ops.findIndex(({ name }) => name === 'moe.combine'),
    )
  })

  it('R-DAG-9: decode attention waits for the KV it reads, and an all-reduce left out is found', () => {
    const graph = graphOf('decode', { tp: 8 }, 'llama-3.3-70b-instruct')
    const names = graph.segments[1]!.ops.map(({ name }) => name)
    expect(names.indexOf('attn.cache')).toBeLessThan(names.indexOf('attn.attention'))
    expect(graphMeasures['attention without its cache']!({ model: 'llama-3.3-70b-instruct', phase: 'decode', tp: 8 })).toBe(0)
    const implicit = graph.segments.map((segment) => ({ ...segment, ops: segment.ops.filter(({ kind }) => kind !== 'all-reduce') }))
    expect(check({ ...graph, segments: implicit })).toBeDefined()
  })

  it('R-DAG-10: decode refuses plain token SP with its reason and takes KV that is sharded by tokens', () => {
    const study = {
      model: 'llama-3.3-70b-instruct',
      engine: 'generic',
      fleet: [{ gpu: 'h100-sxm', gpus: 16 }],
      workload: { isl: 1000, osl: 200 },
    }
    const { rejected } = estimate(study, key('h100-sxm', { sp: 8, tp: 2, spk: 'all-gather' }, 'fp8', 1))
    expect(rejected?.code).toBe('sequence-in-decode')
    expect(rejected?.message).toMatch(/one token per request/)
    expect(estimate(study, key('h100-sxm', { tp: 16, dcp: 2 }, 'fp8', 1)).rejected).toBeNull()
    expect(estimate(study, key('h100-sxm', { sp: 8, tp: 2, spk: 'ring' }, 'fp8', 1)).rejected).toBeNull()
  })

  it('R-DAG-11: the longest path through the graph is the latency of the step', () => {
    const model = modelOf('deepseek-v3', { gpu: 'h200-sxm', gpus: 8 }, { tp: 8, ep: 8 })
    const shape = decode(16, 2000)
    const counts = countStep(shape, model.attentionDp, model.captured)
    const seconds = new Map(model.segments.flatMap(({ name, ops }) => ops.map((t) => [`${name} ${t.op.name}`, t] as const)))
    const path = longestPath(
      model.decode,
      (op, segment) => {
        const timed = seconds.get(`${segment.name} ${op.name}`)
        const rows = timed === undefined ? 0 : rowsIn(timed.rows, counts)
        return timed === undefined || rows <= 0 ? 0 : opTime(timed, rows, counts).seconds
      },
      [],
    )
    expect(path / stepTime(model, shape).latency).toBeCloseTo(1, 9)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Counts, countStep, rowCount, rowsIn } from '../../cost-model/counts.ts'
import { isNetwork, type Op, type Phase } from '../../cost-model/graph.ts'
import type { Placement } from '../../cost-model/mesh.ts'
import { expertWork, useOf } from '../../cost-model/ops/expert.ts'
import { parallelise } from '../../cost-model/parallelise.ts'
import { newDone } from '../../cost-model/work.ts'
import { calibration } from '../cost-model/layouts.ts'
import { holds } from './law.ts'
import { type Drawn, randomPlan } from './random-plan.ts'

/** Tokens that every width divides, in prompts that every attention-DP rank has as many of. */
const tokens = 2 ** 16 * 3
const sequences = 2 ** 12 * 3

function countsOf(phase: Phase, attentionDp: number): Counts {
  const none = { prefillTokens: 0, prefillSequences: 0, prefillContext: 0, decodeSequences: 0, decodeContext: 0 }
  const shape =
    phase === 'prefill'
      ? { ...none, prefillTokens: tokens, prefillSequences: sequences }
      : { ...none, decodeSequences: sequences, decodeContext: 100 }
  return countStep(shape, attentionDp, [])
}

function rowsOf({ rows }: Op, phase: Phase, counts: Counts): number {
  return rowsIn(phase === 'prefill' ? rowCount(rows, undefined) : rowCount(undefined, rows), counts)
}

/** Ranks that hold different tokens; `gathered`: every key, but queries of its own. */
function shards(placement: Placement, ...places: readonly string[]): number {
  return placement.reduce((n, d) => (['batch', 'sequence', ...places].includes(d.place) ? n * d.size : n), 1)
}

/** Ranks with different tokens on the side of an exchange at which its rows are counted: a gather makes a full tensor, a swap starts or ends with tokens. */
function countedShards(op: Op): number {
  if (op.kind === 'all-gather') return shards(op.out)
  return op.kind === 'all-to-all' ? Math.max(shards(op.in), shards(op.out)) : shards(op.in)
}

/** Queries that gathered their keys are those of a sequence shard, or of all heads of a shard, which attention tells apart. */
function tokenParts(op: Op): number {
  return op.kind === 'attention' ? shards(op.out) : shards(op.in, 'gathered')
}

const cases = fc.record({ drawn: randomPlan('prefill'), phase: fc.constantFrom('prefill' as const, 'decode' as const) })

function opsOf({ model, layout, plan, scenario }: Drawn, phase: Phase): readonly Op[] {
  return parallelise(model, layout, plan.precision, phase, scenario.engine.parallel).segments.flatMap((s) => s.ops)
}

describe('tokens are conserved over TP, DP, EP and SP', () => {
  it('rows of every compute op, over the ranks that hold different tokens, add up to those of the step', () => {
    holds(cases, { seed: 11, runs: 100 }, ({ drawn, phase }) => {
      const { layout } = drawn
      const counts = countsOf(phase, layout.attentionDp)
      const all = phase === 'prefill' ? tokens : sequences
      // The last token of a prompt lies on one of its sequence shards, any of them: each counts all prompts.
      const sampling = layout.attentionDp * (phase === 'decode' && layout.spKind === 'all-gather' ? layout.sp : 1)
      for (const op of opsOf(drawn, phase)) {
        // Keys, not queries, are expanded: on every rank that gathered them.
        if (isNetwork(op) || op.name === 'attn.expand') continue
        const rows = rowsOf(op, phase, counts)
        const samples = op.rows.scope === 'sampled'
        const parts = op.kind === 'expert' ? layout.moeDp : samples ? sampling : tokenParts(op)
        const expected = samples ? sequences : all
        expect(rows * parts, op.name).toBeCloseTo(expected, 6)
      }
    })
  })

  it('rows of every exchange of tokens are those of the tensor that it gathers, scatters or sends', () => {
    holds(cases, { seed: 12, runs: 100 }, ({ drawn, phase }) => {
      const { layout } = drawn
      const counts = countsOf(phase, layout.attentionDp)
      const all = phase === 'prefill' ? tokens : sequences
      for (const op of opsOf(drawn, phase).filter(isNetwork)) {
        // Prompts without cached tokens gather none.
        if (op.rows.scope === 'sampled' || op.name.endsWith('.context')) continue
        const keys = op.kind === 'all-gather' && op.out.some((d) => d.place === 'gathered')
        const parts = keys ? layout.attentionDp : countedShards(op)
        expect(rowsOf(op, phase, counts) * parts, op.name).toBeCloseTo(all, 6)
      }
    })
  })

  it('dispatch sends as many tokens as combine returns, to where they came from, and the experts get every pair of token and expert', () => {
    let dispatched = 0
    holds(cases, { seed: 13, runs: 150 }, ({ drawn, phase }) => {
      const { layout } = drawn
      const counts = countsOf(phase, layout.attentionDp)
      const ops = opsOf(drawn, phase)
      for (const [i, op] of ops.entries()) {
        if (op.kind === 'expert') {
          const { experts, redundant, ranks, topK, weight } = op.dims
          const rows = rowsOf(op, phase, counts)
          const done = newDone()
          expertWork(op, useOf(op, calibration.routing, 1))(rows, undefined, done)
          const fullest = done[0]! / (2 * weight)
          expect(ranks * fullest).toBeGreaterThanOrEqual(rows * topK * (1 - 1e-9))
          expect(fullest).toBeLessThanOrEqual(rows * Math.min(topK, (experts + redundant) / ranks) * (1 + 1e-9))
          expect(rows * layout.moeDp).toBeCloseTo(phase === 'prefill' ? tokens : sequences, 6)
        }
        if (op.kind !== 'all-to-all' || op.pattern !== 'dispatch') continue
        const back = ops.slice(i).find((o) => o.kind === 'all-to-all' && o.pattern === 'combine')!
        expect(rowsOf(back, phase, counts)).toBe(rowsOf(op, phase, counts))
        expect(back.out).toEqual(op.in)
        expect(back.dims).toEqual(op.dims)
        dispatched++
      }
    })
    expect(dispatched).toBeGreaterThan(25)
  })
})

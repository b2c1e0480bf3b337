import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Op } from '../../cost-model/graph.ts'
import { ropeBytes } from '../../cost-model/memory/rope.ts'
import { distinctStages } from '../../cost-model/memory/stages.ts'
import { rankElements } from '../../cost-model/memory/weights.ts'
import { layoutMemory } from '../../cost-model/memory.ts'
import { parallelise } from '../../cost-model/parallelise.ts'
import { stageRuns } from '../../cost-model/pipeline.ts'
import type { Model } from '../../spaces/model.ts'
import { edgeTensors, layerTensors } from '../../spaces/parameters.ts'
import { type Layout, stageGpus } from '../../spaces/plan.ts'
import { type Tensor, tensorParameters } from '../../spaces/tensor.ts'
import { bytesPerElement, storedFormats } from '../../spaces/weights.ts'
import { layoutOf } from '../cost-model/layouts.ts'
import { holds } from './law.ts'
import { randomModel } from './random-model.ts'
import { randomPlan } from './random-plan.ts'

/** Units of a tensor that a rank of the stage holds: ranks in order, each its run of units, or the same one where units run out. */
function unitsOn(rank: number, { units }: Tensor, width: number): readonly number[] {
  const at = rank % width
  if (units < width) return [Math.floor((at * units) / width)]
  const each = Math.ceil(units / width)
  return Array.from({ length: Math.max(0, Math.min(each, units - at * each)) }, (_, i) => at * each + i)
}

/** How many ranks of a stage hold each unit of a tensor, counted rank by rank over the mesh. */
function holders(t: Tensor, width: number, gpus: number): readonly number[] {
  const count = Array<number>(t.units).fill(0)
  for (let rank = 0; rank < gpus; rank++) for (const unit of unitsOn(rank, t, width)) count[unit]!++
  return count
}

/** Which width cuts each axis (design of the three views of a stage). */
function widthOf(t: Tensor, { tp, ffnTp, moeTp }: Layout): number {
  return { none: 1, attention: tp, dense: ffnTp, expert: moeTp, vocab: tp }[t.axis]
}

/** Elements that all ranks of a stage hold of a tensor, counted unit by unit, copies included, and what rounding up adds to the fullest. */
function spread(t: Tensor, layout: Layout): { readonly held: number; readonly copies: number; readonly padded: number } {
  const gpus = stageGpus(layout)
  const width = widthOf(t, layout)
  const one = t.copies === undefined ? 1 : (t.copies + layout.redundantExperts) / t.copies
  // Whole experts are dealt out first: within the ranks of one expert its own tensor is cut.
  const ranks = t.copies === undefined ? gpus : gpus / layout.ep
  // The embedding alone may have more units than are worth counting one by one: its rows are dealt out in runs.
  const counts = t.units > 20_000 ? [ranks / width] : holders(t, width, ranks)
  const copies = counts[0]!
  expect(counts.every((n) => n === copies)).toBe(true)
  const cut = t.axis === 'none' ? ranks : copies
  const bias = t.bias === undefined ? 0 : t.side === 'out' ? t.bias * cut : t.bias * ranks
  const held = (t.out * t.in * cut + bias) * (t.copies ?? 1) * one
  const padded = t.axis === 'none' ? 1 : (Math.ceil(t.units / width) * width) / Math.max(t.units, width)
  return { held, copies: cut * one, padded }
}

describe('the weights on all ranks', () => {
  it('are the model and its replicas: every unit of every tensor lies on as many ranks as every other of it', () => {
    holds(randomPlan('prefill'), { seed: 21, runs: 60 }, ({ model, layout }) => {
      for (const t of [...model.layerGroups.flatMap((g) => layerTensors(model, g)), ...edgeTensors(model)]) {
        const { held, copies, padded } = spread(t, layout)
        const gpus = stageGpus(layout)
        const said = rankElements(t, layout) * gpus
        // Rows of the vocabulary alone are padded; every other cut is even, or it would be illegal.
        if (t.axis !== 'vocab') expect(padded, t.name).toBe(1)
        expect(said / (held * padded), t.name).toBeCloseTo(1, 9)
        expect(copies).toBeGreaterThanOrEqual(1)
        if (t.bias === undefined || t.bias === 0) expect(held / tensorParameters(t)).toBeCloseTo(copies, 9)
      }
    })
  })

  it('of all stages add up to the layers once each, and a tied embedding once more where its two ends lie apart', () => {
    holds(randomPlan('prefill'), { seed: 22, runs: 60 }, ({ scenario, pool, plan, model, layout }) => {
      const bytes = (tensors: readonly Tensor[]) =>
        tensors.reduce((sum, t) => sum + rankElements(t, layout) * bytesPerElement(storedFormats(model, plan.precision, t.component)), 0)
      const { speculation: _, ...plain } = plan
      const { stages } = layoutMemory(scenario, pool, plain)
      const all = stageRuns(model, layout.pp).map((runs, index) => {
        const counts = model.layerGroups.map((_, g) => runs.reduce((n, run) => n + (run.group === g ? run.count : 0), 0))
        const like = distinctStages(model, layout.pp).find((s) => {
          return s.counts.join() === counts.join() && s.first === (index === 0) && s.last === (index === layout.pp - 1)
        })!
        return stages.find((s) => s.index === like.index)!.weights - ropeBytes(model)
      })
      const layers = model.layerGroups.reduce((sum, g) => sum + g.count * bytes(layerTensors(model, g)), 0)
      const edges = edgeTensors(model)
      const twice = model.tieEmbeddings && layout.pp > 1 ? bytes(edges.filter((t) => t.component === 'embed')) : 0
      const sum = all.reduce((a, b) => a + b, 0)
      // Each stage is rounded up to a byte.
      expect(sum - layers - bytes(edges) - twice).toBeGreaterThanOrEqual(-1)
      expect(sum - layers - bytes(edges) - twice).toBeLessThanOrEqual(layout.pp)
    })
  })

  it('are read by the graph: on one rank its products have every matrix of the model once, look-ups and convolutions aside', () => {
    const phases = fc.constantFrom('prefill' as const, 'decode' as const)
    holds(fc.tuple(randomModel, phases), { seed: 23, runs: 120 }, ([model, phase]) => {
      const graph = parallelise(model, layoutOf({}), { weights: 'bf16', activations: 'bf16', kv: 'bf16', comm: 'bf16' }, phase)
      const read = graph.segments.reduce((sum, s) => sum + s.repeat * s.ops.reduce((n, op) => n + weightOf(op), 0), 0)
      expect(read / matrices(model)).toBeCloseTo(1, 9)
    })
  })
})

function weightOf(op: Op): number {
  if (op.kind === 'linear') return op.dims.weight
  return op.kind === 'expert' ? op.dims.weight * op.dims.experts : 0
}

/** Tables, and filters that are applied element by element. */
const notMultiplied = /^(embed|positions|router_table|conv.*|decay|a_log|.*\.positions)$/

function matrices(model: Model): number {
  const of = (tensors: readonly Tensor[]) =>
    tensors.reduce((sum, t) => sum + (t.in > 1 && !notMultiplied.test(t.name) ? t.out * t.in * (t.copies ?? 1) : 0), 0)
  const layers = model.layerGroups.reduce((sum, g) => sum + g.count * of(layerTensors(model, g)), 0)
  return layers + of(edgeTensors(model)) + (model.tieEmbeddings ? model.vocab * model.hidden : 0)
}

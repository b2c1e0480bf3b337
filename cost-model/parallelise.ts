import type { Engine } from '../spaces/engine.ts'
import { expandLayers } from '../spaces/layer-order.ts'
import type { Model } from '../spaces/model.ts'
import { type Layout, type Precision, stageGpus } from '../spaces/plan.ts'
import { type Site, tokenPlacement, tokenRows } from './blocks/draft.ts'
import { embedOps, headOps } from './blocks/edges.ts'
import { layerOps } from './blocks/index.ts'
import type { Collective, Graph, Op, Phase, Segment } from './graph.ts'
import { replace } from './mesh.ts'
import { stageRuns } from './pipeline.ts'

/**
 * The graph of one phase of one step on one replica, every exchange explicit: embedding, layers by stage, sends between stages, head.
 * Segments of equal layers share one array of ops.
 */
export function parallelise(model: Model, layout: Layout, precision: Precision, phase: Phase, habits: Habits = {}): Graph {
  const site: Site = {
    model,
    layout,
    precision,
    phase,
    split: habits.sequenceSplit ?? 'zigzag',
    tensorSequence: sharesTokens(layout, phase, habits),
  }
  const { groups, embed, head: last } = stageOps(site)
  const hop = sendOps(site)
  const stages = stageRuns(model, layout.pp).map((runs, stage): readonly Segment[] => {
    const layers = runs.map(({ layer, group, count }) => ({
      name: `layers.${group}`,
      stage,
      ops: groups[group]!,
      repeat: count,
      layer,
    }))
    const entry = stage === 0 ? { name: 'embed', stage, ops: embed, repeat: 1 } : { name: 'hop', stage, ops: hop, repeat: 1 }
    const head = stage === layout.pp - 1 ? [{ name: 'head', stage, ops: last, repeat: 1 }] : []
    // A block may lack both parts (architectures found by search).
    return [entry, ...layers.filter((segment) => segment.ops.length > 0), ...head]
  })
  const layers = expandLayers(model).flatMap((group, layer) => (groups[group]!.length > 0 ? [layer] : []))
  return { phase, stages: layout.pp, layers, segments: stages.flat() }
}

interface StageOps {
  /** Of one layer of each group of the model. */
  readonly groups: readonly (readonly Op[])[]
  readonly embed: readonly Op[]
  readonly head: readonly Op[]
}

const known = new WeakMap<Model, Map<string, StageOps>>()
const mostKnown = 256

/** Layouts that differ in replicas and stages alone share the ops of a stage. */
function stageOps(site: Site): StageOps {
  const { model, layout, precision, phase, split, tensorSequence } = site
  const key = JSON.stringify([{ ...layout, replicas: 1, pp: 1 }, precision, phase, split, tensorSequence])
  let ofModel = known.get(model)
  if (ofModel === undefined || ofModel.size === mostKnown) {
    ofModel = new Map()
    known.set(model, ofModel)
  }
  let ops = ofModel.get(key)
  if (ops === undefined) {
    ops = { groups: model.layerGroups.map((group) => layerOps(site, group)), embed: embedOps(site), head: headOps(site) }
    ofModel.set(key, ops)
  }
  return ops
}

/** How an engine cuts what a plan leaves open. */
type Habits = Pick<Engine['parallel'], 'sequenceSplit' | 'tensorSequence'>

/** Megatron sequence parallelism is for prompts: a decode step has too few tokens to share out. */
function sharesTokens({ tp }: Layout, phase: Phase, { tensorSequence }: Habits): boolean {
  return tensorSequence === true && phase === 'prefill' && tp > 1
}

/** Hidden state and residual to the next stage: each TP rank sends its columns, which the receivers gather, or the tokens it has alone. */
function sendOps(site: Site): readonly Op[] {
  const { pp } = site.layout
  if (pp === 1) return []
  const tp = site.tensorSequence ? 1 : site.layout.tp
  const at = tokenPlacement(site)
  const elements = 2 * site.model.hidden
  const cut = tp > 1 ? replace(at, { size: tp, stride: 1 }, 'hidden') : at
  const base = { rows: tokenRows(site), format: site.precision.comm, lane: 'network' } as const
  const hop = { axis: 'pp', size: 2, stride: stageGpus(site.layout) }
  const send: Collective = {
    ...base,
    kind: 'send',
    name: 'hop.send',
    dims: { elements: elements / tp },
    group: hop,
    after: [],
    in: at,
    out: cut,
  }
  if (tp === 1) return [send]
  const group = { axis: 'tp', size: tp, stride: 1 }
  const after = [{ op: send.name, why: 'pipeline' as const }]
  return [send, { ...base, kind: 'all-gather', name: 'hop.gather', dims: { elements }, group, after, in: cut, out: at }]
}

import { type Attention, attentionKind } from './attention/index.ts'
import { type Ffn, ffnKind } from './ffn/index.ts'
import type { Model } from './model.ts'
import { type Component, components, type Tensor, tensorParameters, vector } from './tensor.ts'

/** The widths that every layer of a model shares. */
type Trunk = Pick<Model, 'hidden' | 'norm'>

interface Layer {
  readonly attn: Attention
  readonly ffn: Ffn
  readonly norms: number
  readonly extraParameters?: number
}

const known = new WeakMap<Trunk, WeakMap<Layer, readonly Tensor[]>>()

/** Weights of one layer: mixer, feed-forward part and the block's own norms. Every layout of a model asks for the same ones. */
export function layerTensors(model: Trunk, layer: Layer): readonly Tensor[] {
  const ofModel = known.get(model) ?? new WeakMap<Layer, readonly Tensor[]>()
  known.set(model, ofModel)
  const tensors = ofModel.get(layer) ?? tensorsOf(model, layer)
  ofModel.set(layer, tensors)
  return tensors
}

function tensorsOf(model: Trunk, { attn, ffn, norms, extraParameters }: Layer): readonly Tensor[] {
  return [
    ...attentionKind(attn).tensors(attn, model.hidden),
    ...ffnKind(ffn).tensors(ffn, model.hidden),
    ...Array.from({ length: norms }, (_, i) => vector(`norm_${i}`, 'normMisc', normWidth(model))),
    ...(extraParameters ? [vector('extra', 'normMisc', extraParameters)] : []),
  ]
}

/** Weights outside the layers: embedding, head unless it is the embedding, learned positions, final norm. */
export function edgeTensors(model: Model): readonly Tensor[] {
  const { hidden, vocab, learnedPositions, extraParameters } = model
  return [
    vocabularyTensor('embed', model),
    ...(model.tieEmbeddings ? [] : [{ ...vocabularyTensor('lmHead', model), bias: model.lmHeadBias ? vocab : 0 }]),
    ...(learnedPositions
      ? [{ name: 'positions', component: 'posEmbed', out: learnedPositions, in: hidden, axis: 'none', side: 'out', units: 1 } as const]
      : []),
    vector('final_norm', 'normMisc', normWidth(model)),
    ...(extraParameters ? [vector('extra', 'normMisc', extraParameters)] : []),
  ]
}

/** Weights of one multi-token-prediction module: a layer, the projection that joins hidden state and next token, three norms. */
export function mtpTensors(model: Model, mtp = model.mtp): readonly Tensor[] {
  if (mtp === undefined) return []
  const { hidden } = model
  return [
    ...layerTensors(model, mtp.layer),
    { name: 'mtp.join_proj', component: 'normMisc', out: hidden, in: 2 * hidden, axis: 'none', side: 'out', units: 1 },
    ...['mtp.hidden_norm', 'mtp.embed_norm', 'mtp.final_norm'].map((name) => vector(name, 'normMisc', normWidth(model))),
    ...(mtp.ownEmbed ? [vocabularyTensor('embed', model)] : []),
    ...(mtp.ownHead ? [vocabularyTensor('lmHead', model)] : []),
  ]
}

export interface ParameterCount {
  /** Text model without its multi-token-prediction modules or vision tower. */
  readonly total: number
  /** Used by one token: of the routed experts only the chosen ones; the input embedding is counted whole. */
  readonly active: number
  /** All multi-token-prediction modules. */
  readonly mtp: number
  readonly byComponent: Readonly<Record<Component, number>>
}

/** Elements of all weights, as stored once. */
export function countParameters(model: Model): ParameterCount {
  const byComponent = Object.fromEntries(components.map((c) => [c, 0])) as Record<Component, number>
  let active = 0
  const add = (tensors: readonly Tensor[], layers: number, share: number) => {
    for (const t of tensors) {
      const parameters = layers * tensorParameters(t)
      byComponent[t.component] += parameters
      active += t.copies === undefined ? parameters : parameters * share
    }
  }
  for (const group of model.layerGroups) add(layerTensors(model, group), group.count, chosenShare(group.ffn))
  add(edgeTensors(model), 1, 1)
  const total = components.reduce((sum, c) => sum + byComponent[c], 0)
  return { total, active, mtp: (model.mtp?.layers ?? 0) * sumParameters(mtpTensors(model)), byComponent }
}

function sumParameters(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, t) => sum + tensorParameters(t), 0)
}

function chosenShare(ffn: Ffn): number {
  return ffn.kind === 'moe' ? ffn.topK / ffn.experts : 1
}

function vocabularyTensor(component: 'embed' | 'lmHead', model: Model): Tensor {
  return { name: component, component, out: model.vocab, in: model.hidden, axis: 'vocab', side: 'out', units: model.vocab }
}

/** RMSNorm has a weight, LayerNorm a weight and a bias per channel. */
function normWidth(model: Trunk): number {
  return model.norm === 'layernorm' ? 2 * model.hidden : model.hidden
}

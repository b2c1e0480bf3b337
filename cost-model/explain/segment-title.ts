import type { LayerGroup, Model } from '../../spaces/model.ts'
import { stageRuns } from '../pipeline.ts'

const mixers: Readonly<Record<LayerGroup['attn']['kind'], string>> = {
  gqa: 'GQA',
  mla: 'MLA',
  dsv4: 'compressed attention',
  gdn: 'gated DeltaNet',
  kda: 'KDA',
  mamba1: 'Mamba',
  mamba2: 'Mamba-2',
  lightning: 'lightning attention',
  none: '',
}

const ffns: Readonly<Record<LayerGroup['ffn']['kind'], string>> = { dense: 'dense FFN', moe: 'MoE', none: '' }

/** What a segment of a stage is, for people: `layers 3 to 31: MLA, MoE`. Layers count from 0. */
export function segmentTitle(model: Model, pp: number, stage: number, name: string): string {
  const group = /^layers\.(\d+)$/.exec(name)?.[1]
  if (group === undefined) return edges[name] ?? name
  const { attn, ffn } = model.layerGroups[Number(group)]!
  const parts = [attentionName(attn), ffns[ffn.kind]].filter((part) => part !== '')
  return `${layersText(layersOf(model, pp, stage, Number(group)))}: ${parts.join(', ')}`
}

const edges: Readonly<Record<string, string>> = { embed: 'embedding', hop: 'from the stage before', head: 'final norm, head and sampling' }

function attentionName(attn: LayerGroup['attn']): string {
  const { window } = attn as { readonly window?: number }
  return window === undefined ? mixers[attn.kind] : `${mixers[attn.kind]} over ${window} tokens`
}

/** Numbers of the layers of a group in a stage. */
function layersOf(model: Model, pp: number, stage: number, group: number): readonly number[] {
  let layer = 0
  const found: number[] = []
  for (const [at, runs] of stageRuns(model, pp).entries()) {
    for (const run of runs) {
      if (at === stage && run.group === group) found.push(...Array.from({ length: run.count }, (_, i) => layer + i))
      layer += run.count
    }
  }
  return found
}

function layersText(layers: readonly number[]): string {
  const [first, last] = [layers[0]!, layers.at(-1)!]
  if (first === last) return `layer ${first}`
  if (last - first + 1 === layers.length) return `layers ${first} to ${last}`
  return `${layers.length} of layers ${first} to ${last}`
}

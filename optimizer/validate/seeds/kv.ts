import { z } from 'zod'
import { stageLayers } from '../../../cost-model/pipeline.ts'
import { type Catalog, openCatalog } from '../../../spaces/catalog.ts'
import { cacheBytesPerSequence, kvBytesPerToken, layerCacheBytes } from '../../../spaces/kv.ts'
import { formatNames } from '../../../spaces/precision.ts'
import { type Measure, measure } from '../measure.ts'

let opened: Catalog | undefined

/** The built-in catalogue, opened when first asked for. */
export function catalog(): Catalog {
  opened ??= openCatalog()
  return opened
}

const model = z.string()
const count = z.int().positive()
const kv = z.enum(formatNames as [string, ...string[]])
const sequences = z.strictObject({ model, tokens: z.int().nonnegative(), batch: count.default(1), kv })

/** Any length long enough to divide over the ranks. */
const someTokens = 4096

/** Measures of caches alone: seeds 000 and 002. Bytes. */
export const kvMeasures: Readonly<Record<string, Measure>> = {
  'KV bytes': measure(sequences, ({ model, tokens, batch, kv }) => batch * cacheBytesPerSequence(catalog().model(model), tokens, kv)),
  'KV growth': measure(sequences, ({ model, tokens, batch, kv }) => {
    const { [0]: empty, [1]: full } = [0, tokens].map((n) => cacheBytesPerSequence(catalog().model(model), n, kv))
    return batch * (full! - empty!)
  }),
  'KV per token': measure(z.strictObject({ model, kv }), ({ model, kv }) => kvBytesPerToken(catalog().model(model), kv)),
  /** How often the ranks of a TP group together hold a token. */
  'KV copies': measure(z.strictObject({ model, tp: count, dcp: count.default(1) }), ({ model, tp, dcp }) => {
    const group = catalog().model(model).layerGroups.at(-1)!
    const on = (width: { readonly tp: number; readonly dcp: number }) => layerCacheBytes(group, someTokens, 'bf16', width)
    return (tp * on({ tp, dcp })) / on({ tp: 1, dcp: 1 })
  }),
  'query heads per KV head': measure(z.strictObject({ model }), ({ model }) => {
    const { attn } = catalog().model(model).layerGroups[0]!
    return attn.kind === 'gqa' ? attn.heads / attn.kvHeads : Number.NaN
  }),
  'layers by stage': measure(z.strictObject({ layers: count, pp: count }), ({ layers, pp }) => stageLayers(layers, pp).join(' + ')),
}

import fc from 'fast-check'
import type { Attention } from '../../spaces/attention/index.ts'
import type { Ffn } from '../../spaces/ffn/index.ts'
import { type LayerGroup, type Model, modelSchema } from '../../spaces/model.ts'

// Sizes of which most divide over 2, 4 and 8 ranks, and some do not.
const heads = fc.constantFrom(8, 12, 16, 24, 32, 64)
const headDim = fc.constantFrom(64, 96, 128, 192)
const latent = fc.constantFrom(256, 512, 1536)
const yes = fc.constantFrom(undefined, true as const)

function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined, freq: 2 })
}

/** KV heads that divide the query heads: from MQA to MHA. */
function withKvHeads<T extends { readonly heads: number }>(of: fc.Arbitrary<T>): fc.Arbitrary<T & { readonly kvHeads: number }> {
  return fc.tuple(of, fc.constantFrom(1, 2, 4, 8, 1000)).map(([a, kv]) => ({ ...a, kvHeads: a.heads % kv === 0 ? kv : a.heads }))
}

const gqa = withKvHeads(
  fc.record({
    kind: fc.constant('gqa' as const),
    heads,
    headDim,
    vHeadDim: maybe(headDim),
    qkvBias: yes,
    oBias: yes,
    qkNorm: fc.constantFrom(undefined, 'perHead', 'full', 'perHeadFull'),
    gate: fc.constantFrom(undefined, undefined, 'elementwise', 'headwise'),
    window: maybe(fc.constantFrom(128, 1024, 4096)),
    sinks: yes,
    kEqV: yes,
  }),
)

const blockSparse = gqa.map((a) => {
  const indexer = { kind: 'msa' as const, heads: 4, kvHeads: 1, dim: 128, topK: 2048, block: 64 }
  return { ...a, window: undefined, indexer }
})

const mla = fc.record({
  kind: fc.constant('mla' as const),
  heads,
  qLoraRank: maybe(latent),
  kvLoraRank: latent,
  qkNope: headDim,
  qkRope: fc.constantFrom(32, 64),
  vHeadDim: headDim,
  gate: fc.constantFrom(undefined, 'elementwise' as const),
  indexer: maybe(fc.record({ kind: fc.constant('dsa' as const), heads, dim: fc.constant(128), topK: fc.constant(2048), shared: yes })),
})

const dsv4 = fc
  .record({ heads, oGroups: fc.constantFrom(2, 4, 8), compressRatio: fc.constantFrom(0, 4, 128), indexed: fc.boolean() })
  .map((a) => ({
    ...{
      kind: 'dsv4' as const,
      heads: a.heads,
      headDim: 512,
      qkRope: 64,
      qLoraRank: 1024,
      oGroups: a.heads % a.oGroups === 0 ? a.oGroups : 4,
    },
    ...{ oLoraRank: 1024, window: 128, compressRatio: a.compressRatio },
    ...(a.compressRatio > 0 && a.indexed ? { indexer: { kind: 'csa' as const, heads: 64, dim: 128, topK: 512 } } : {}),
  }))

const conv = fc.constantFrom(2, 4)
const recurrent: readonly fc.Arbitrary<Attention>[] = [
  fc
    .record({ kHeads: fc.constantFrom(4, 8, 16), values: fc.constantFrom(1, 2), kDim: headDim, vDim: headDim, conv })
    .map(({ values, ...a }) => ({ kind: 'gdn', ...a, vHeads: a.kHeads * values })),
  fc.record({ kind: fc.constant('kda' as const), heads, headDim, conv, fullRankGate: yes }),
  fc.record({
    kind: fc.constant('mamba1' as const),
    dInner: fc.constantFrom(2048, 8192),
    state: fc.constant(16),
    conv,
    dtRank: fc.constant(160),
    bcdtNorm: yes,
  }),
  fc
    .record({
      groups: fc.constantFrom(1, 2, 8),
      each: fc.constantFrom(4, 8),
      headDim,
      state: fc.constantFrom(64, 128),
      conv,
      convBias: yes,
    })
    .map(({ each, ...a }) => ({ kind: 'mamba2', ...a, heads: a.groups * each * 2 })),
  fc.record({ kind: fc.constant('lightning' as const), heads, headDim }),
]

const attention: fc.Arbitrary<Attention> = fc.oneof(
  { weight: 5, arbitrary: gqa },
  { weight: 1, arbitrary: blockSparse },
  { weight: 4, arbitrary: mla },
  { weight: 1, arbitrary: dsv4 },
  ...recurrent.map((arbitrary) => ({ weight: 1, arbitrary })),
  { weight: 1, arbitrary: fc.constant({ kind: 'none' as const }) },
)

const intermediate = fc.constantFrom(1024, 1536, 4096, 11008)

const moe = fc
  .record({
    experts: fc.constantFrom(8, 16, 60, 64, 128, 256),
    topK: fc.constantFrom(1, 2, 4, 8),
    intermediate: fc.constantFrom(512, 1024, 1536),
    gated: fc.boolean(),
    sharedIntermediate: maybe(intermediate),
    sharedGate: yes,
    routerBias: yes,
    expertBias: yes,
    latent: maybe(fc.constant(1024)),
    latentNorm: yes,
    hashTableVocab: maybe(fc.constant(32000)),
    parallelDenseIntermediate: maybe(intermediate),
    routerExtra: maybe(fc.constant(8)),
    groups: maybe(fc.constant({ count: 4, limit: 2 })),
  })
  .map((f) => ({ kind: 'moe' as const, ...f, groups: f.topK * 2 <= f.experts ? f.groups : undefined }))

const ffn: fc.Arbitrary<Ffn> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('dense' as const), intermediate, gated: fc.boolean(), bias: yes }) },
  { weight: 5, arbitrary: moe },
  { weight: 1, arbitrary: fc.constant({ kind: 'none' as const }) },
)

type Shape = Omit<LayerGroup, 'count'>

const layer: fc.Arbitrary<Shape> = fc.record({
  attn: attention,
  ffn,
  norms: fc.constantFrom(1, 2, 4),
  extraParameters: maybe(fc.constant(96)),
})

/** Which group each layer is of, groups first met in order: `0, 1, 0, 0, 1`. */
function orderOf(groups: number): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.nat({ max: groups - 1 }), { minLength: 1, maxLength: 9 }).map((rest) => [...Array(groups).keys(), ...rest])
}

const fp8Linears = {
  attnIn: [['fp8', 1]],
  attnOut: [['fp8', 1]],
  denseMlp: [
    ['fp8', 0.5],
    ['bf16', 0.5],
  ],
} as const
const mxExperts = { routedExperts: [['mxfp4', 1]] } as const

/**
 * A model that no catalogue has: one to three kinds of layer in any order, each of any mixer and feed-forward part that the schema knows,
 * in sizes of published models.
 */
export const randomModel: fc.Arbitrary<Model> = fc
  .array(layer, { minLength: 1, maxLength: 3 })
  // A model none of whose layers looks at other tokens keeps nothing of them: its capacity is without bound.
  .filter((layers) => layers.some(({ attn }) => attn.kind !== 'none'))
  .chain((layers) =>
    fc.record({
      layers: fc.constant(layers),
      order: orderOf(layers.length),
      hidden: fc.constantFrom(512, 1024, 2048, 5120, 7168),
      vocab: fc.constantFrom(32000, 50257, 128256, 151936),
      tieEmbeddings: fc.boolean(),
      lmHeadBias: yes,
      norm: fc.constantFrom('rmsnorm' as const, 'layernorm' as const),
      learnedPositions: maybe(fc.constant(4096)),
      formats: fc.constantFrom({}, {}, fp8Linears, mxExperts),
      mtp: maybe(fc.record({ layers: fc.constantFrom(1, 2), layer: fc.constant(layers[0]!), ownEmbed: yes, ownHead: yes })),
    }),
  )
  .map(({ layers, order, formats, ...rest }) =>
    modelSchema.parse({
      ...{ id: 'random/model', name: 'Random model', maxPosition: 1 << 20 },
      ...rest,
      layerGroups: layers.map((group, i) => ({ ...group, count: order.filter((g) => g === i).length })),
      layerOrder: order.map((group) => `${group}x1`).join(' '),
      checkpoint: { quantization: 'none', formats, activation: 'bf16', kv: 'bf16' },
      source: { title: 'a random draw', confidence: 'low' },
    }),
  )

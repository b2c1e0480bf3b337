import { makePool } from '../../../spaces/fleet.ts'
import { catalog, h100s, parallel, planWith } from '../inputs.ts'
import { type Example, wide } from './example.ts'

const generic = catalog.engine('generic')
const vllm = catalog.engine('vllm')
const gpt3 = catalog.model('gpt-3-175b')
const wider = { kind: 'dense', intermediate: 49153, gated: false } as const
const mixtral = catalog.model('mixtral-8x7b-v0.1')
/** Mixtral with experts that three ranks can share. */
const wideExperts = {
  ...mixtral,
  layerGroups: mixtral.layerGroups.map((group) => ({ ...group, ffn: { ...group.ffn, intermediate: 12288 } as typeof group.ffn })),
}
const unlinked = makePool({ node: 'rtx-4090-8', nodes: 8 }, catalog)

export const layoutExamples: readonly Example[] = [
  {
    rule: 'request-fits-context',
    refused: '4,097 tokens in a model of 4,096 positions',
    legal: {
      model: catalog.model('llama-2-70b-hf'),
      workload: { ...catalog.workload('1k-1k'), isl: { kind: 'uniform', from: 1, to: 3072 } },
    },
    illegal: {
      model: catalog.model('llama-2-70b-hf'),
      workload: { ...catalog.workload('1k-1k'), isl: { kind: 'uniform', from: 1, to: 3073 } },
    },
    message: '3073 prompt and 1024 output tokens are 4097, Llama-2-70b-hf has 4096 positions',
    numbers: { prompt: 3073, output: 1024, maxPosition: 4096 },
  },
  {
    rule: 'stages-have-layers',
    refused: '64 stages of 32 layers',
    legal: { model: catalog.model('llama-2-7b-hf'), key: planWith({ r: 2, pp: 32, tp: 1, mtp: 1 }) },
    illegal: { model: catalog.model('llama-2-7b-hf'), key: planWith({ r: 1, pp: 64, tp: 1, mtp: 1 }) },
    message: '64 pipeline stages cannot share 32 layers',
    numbers: { pp: 64, layers: 32 },
  },
  {
    rule: 'engine-pipeline',
    refused: 'stages in an engine without them',
    legal: { engine: parallel(generic, { pipeline: false }) },
    illegal: { engine: parallel(generic, { pipeline: false }), key: planWith({ r: 4, pp: 2 }) },
    message: 'Generic engine has no pipeline parallelism, the plan has 2 stages',
    numbers: { pp: 2 },
  },
  {
    rule: 'fleet-product',
    refused: '56 of 64 GPUs',
    legal: {},
    illegal: { key: planWith({ r: 7 }) },
    message: 'the plan uses 7 x 8 = 56 GPUs, the pool "h100-sxm" has 64',
    numbers: { replicas: 7, gpusPerReplica: 8, used: 56, gpus: 64 },
  },
  {
    rule: 'ffn-view-agrees',
    refused: 'dense-FFN TP 16 in a stage of 8',
    legal: { key: planWith({ extra: '.ftp4' }) },
    illegal: { key: planWith({ extra: '.ftp16' }) },
    message: 'the dense-FFN widths ffnDp 0.5 x ffnTp 16 do not make the 8 GPUs of a stage (attentionDp 1 x sp 1 x tp 8)',
    numbers: { ffnDp: 0.5, ffnTp: 16, stageGpus: 8 },
  },
  {
    rule: 'ffn-nests-with-attention',
    refused: 'dense-FFN TP 2 beside attention TP 3',
    legal: { pool: h100s(48), model: gpt3, key: planWith({ r: 8, adp: 2, tp: 3, mtp: 6, extra: '.ftp6' }) },
    illegal: { pool: h100s(48), model: gpt3, key: planWith({ r: 8, adp: 2, tp: 3, mtp: 6, extra: '.ftp2' }) },
    message: 'the dense-FFN groups of ffnTp 2 and the attention groups of tp 3 cut through one another',
    numbers: { ffnTp: 2, tp: 3 },
  },
  {
    rule: 'engine-dense-ffn',
    refused: 'dense MLPs cut less than attention',
    legal: { engine: parallel(generic, { denseFfnTp: ['one'] }), key: planWith({ extra: '.ftp1' }) },
    illegal: { engine: parallel(generic, { denseFfnTp: ['one'] }), key: planWith({ extra: '.ftp4' }) },
    message: 'Generic engine cuts dense MLPs over 8 or 1 GPUs here, not over ffnTp 4',
    numbers: { ffnTp: 4 },
  },
  {
    rule: 'heads-divide',
    refused: '71 heads over two ranks',
    legal: { model: catalog.model('falcon-7b'), key: planWith({ r: 64, tp: 1, mtp: 1 }) },
    illegal: { model: catalog.model('falcon-7b'), key: planWith({ r: 32, tp: 2, mtp: 2 }) },
    message: '71 heads do not divide over attention TP 2',
    numbers: { heads: 71, tp: 2 },
  },
  {
    rule: 'kv-heads-divide',
    refused: '4 KV heads over six ranks',
    legal: { pool: h100s(48), model: catalog.model('starcoder2-15b'), key: planWith({ r: 4, tp: 12, mtp: 12 }) },
    illegal: { pool: h100s(48), model: catalog.model('starcoder2-15b'), key: planWith({ r: 8, tp: 6, mtp: 6 }) },
    message: '4 KV heads can be neither spread nor replicated evenly over attention TP 6',
    numbers: { kvHeads: 4, tp: 6 },
  },
  {
    rule: 'vocabulary-divides',
    refused: 'a vocabulary of 50,000, padded to 64, over three ranks',
    legal: { pool: h100s(48), engine: vllm, model: gpt3, key: planWith({ r: 16, tp: 3, mtp: 3 }) },
    illegal: { pool: h100s(48), engine: vllm, model: { ...gpt3, vocab: 50000 }, key: planWith({ r: 16, tp: 3, mtp: 3 }) },
    message: 'the vocabulary of 50000, padded to 50048 (a multiple of 64), does not divide over TP 3',
    numbers: { vocabulary: 50000, padded: 50048, multiple: 64, tp: 3 },
  },
  {
    rule: 'ffn-width-divides',
    refused: 'an intermediate width of 49,153 over three ranks',
    legal: { pool: h100s(48), model: gpt3, key: planWith({ r: 16, tp: 3, mtp: 3 }) },
    illegal: {
      pool: h100s(48),
      model: { ...gpt3, layerGroups: gpt3.layerGroups.map((group) => ({ ...group, ffn: wider })) },
      key: planWith({ r: 16, tp: 3, mtp: 3 }),
    },
    message: 'the intermediate width 49153 (up_proj) does not divide over ffnTp 3',
    numbers: { intermediate: 49153, ffnTp: 3 },
  },
  {
    rule: 'engine-attention-dp',
    refused: 'attention DP beside TP where the engine excludes it',
    legal: { ...wide({ adp: 64, tp: 1, b: 64 }), engine: catalog.engine('trtllm') },
    illegal: { ...wide({}), engine: catalog.engine('trtllm') },
    message: 'attention DP 8: TensorRT-LLM (1.0 to 1.3) does not combine it with attention TP 8',
    numbers: { attentionDp: 8, tp: 8 },
  },
  {
    rule: 'decode-context',
    refused: 'four KV shards of heads that TP 16 replicates twice',
    legal: { key: planWith({ r: 4, tp: 16, dcp: 2, mtp: 16 }) },
    illegal: { key: planWith({ r: 4, tp: 16, dcp: 4, mtp: 16 }) },
    message: 'decode context parallelism 4: TP 16 replicates 8 KV heads only 2 times',
    numbers: { dcp: 4, tp: 16, kvHeads: 8 },
  },
  {
    rule: 'engine-sequence-kind',
    refused: 'a kind of sequence parallelism that the engine lacks',
    legal: {
      engine: parallel(generic, { prefillSequence: ['ring'] }),
      role: 'prefill',
      key: planWith({ r: 4, sp: 2, mtp: 16, extra: '.spk=ring' }),
    },
    illegal: {
      engine: parallel(generic, { prefillSequence: ['ring'] }),
      role: 'prefill',
      key: planWith({ r: 4, sp: 2, mtp: 16, extra: '.spk=all-gather' }),
    },
    message: 'sequence parallelism 2 of kind all-gather: Generic engine has ring',
    numbers: { sp: 2, spKind: 'all-gather' },
  },
  {
    rule: 'ulysses-heads',
    refused: '8 KV heads over 16 ranks',
    legal: { role: 'prefill', key: planWith({ r: 4, sp: 4, tp: 2, mtp: 8, extra: '.spk=all-to-all', pool: 'h100-sxm' }), pool: h100s(32) },
    illegal: { role: 'prefill', key: planWith({ r: 4, sp: 4, tp: 4, mtp: 16, extra: '.spk=all-to-all' }) },
    message: 'all-to-all sequence parallelism: 64 query and 8 KV heads do not both divide over sp 4 x tp 4 = 16 ranks',
    numbers: { heads: 64, kvHeads: 8, sp: 4, tp: 4 },
  },
  {
    rule: 'sequence-in-decode',
    refused: 'token sequence parallelism in decode without KV shards',
    legal: { key: planWith({ r: 1, sp: 4, tp: 16, dcp: 2, mtp: 64, extra: '.spk=all-gather' }) },
    illegal: { key: planWith({ r: 1, sp: 4, tp: 16, mtp: 64, extra: '.spk=all-gather' }) },
    message:
      'sequence parallelism 4 leaves 3 of 4 ranks idle in decode, which has one token per request: shard the KV (dcp > 1), not dcp 1, or separate prefill workers',
    numbers: { sp: 4, dcp: 1 },
  },
  {
    rule: 'expert-view-agrees',
    refused: 'EP 32 on stages of 64',
    legal: wide({}),
    illegal: wide({ ep: 32 }),
    message: 'the expert widths ep 32 x moeTp 1 x moeDp 1 do not make the 64 GPUs of a stage (attentionDp 8 x sp 1 x tp 8)',
    numbers: { ep: 32, moeTp: 1, moeDp: 1, stageGpus: 64 },
  },
  {
    rule: 'experts-nest-with-attention',
    refused: 'experts cut in three beside attention TP 4',
    legal: { model: wideExperts, pool: h100s(24), key: planWith({ r: 1, adp: 6, tp: 4, ep: 2, mtp: 12, b: 64 }) },
    illegal: { model: wideExperts, pool: h100s(24), key: planWith({ r: 1, adp: 6, tp: 4, ep: 8, mtp: 3, b: 64 }) },
    message: 'the expert groups of moeTp 3 and the attention groups of tp 4 cut through one another',
    numbers: { moeTp: 3, tp: 4 },
  },
  {
    rule: 'experts-need-moe',
    refused: 'EP of a dense model',
    legal: {},
    illegal: { key: planWith({ ep: 8, mtp: 1 }) },
    message:
      'Llama-3.3-70B-Instruct has no experts: its plans on stages of 8 GPUs have ep 1, moeTp 8, moeDp 1 and no redundant experts, not ep 8, moeTp 1, moeDp 1 and 0',
    numbers: { ep: 8, moeTp: 1, moeDp: 1, redundantExperts: 0, stageGpus: 8 },
  },
  {
    rule: 'ep-divides-experts',
    refused: '256 experts and 32 copies over 64 ranks',
    legal: wide({ extra: '.red64' }),
    illegal: wide({ extra: '.red32' }),
    message: '256 experts and 32 redundant copies do not divide over EP 64',
    numbers: { experts: 256, redundantExperts: 32, ep: 64 },
  },
  {
    rule: 'expert-width-divides',
    refused: 'an expert of 14,336 over nine ranks',
    legal: { model: mixtral, pool: h100s(56), key: planWith({ r: 1, adp: 56, tp: 1, ep: 8, mtp: 7, b: 128 }) },
    illegal: { model: mixtral, pool: h100s(72), key: planWith({ r: 1, adp: 72, tp: 1, ep: 8, mtp: 9, b: 128 }) },
    message: 'the intermediate width 14336 (experts.gate_proj) does not divide over moeTp 9',
    numbers: { intermediate: 14336, moeTp: 9 },
  },
  {
    rule: 'moe-tp-inside-ep',
    refused: 'experts cut in two inside EP 32',
    legal: { ...wide({ ep: 64, mtp: 1 }), engine: parallel(generic, { moeTpWithEp: false }) },
    illegal: { ...wide({ ep: 32, mtp: 2 }), engine: parallel(generic, { moeTpWithEp: false }) },
    message: 'Generic engine does not cut experts by TP (moeTp 2) inside EP 32',
    numbers: { moeTp: 2, ep: 32 },
  },
  {
    rule: 'ep-whole-stage',
    refused: 'EP over half a stage',
    legal: { ...wide({}), engine: parallel(generic, { epIsWholeStage: true }) },
    illegal: { ...wide({ ep: 32, mtp: 2 }), engine: parallel(generic, { epIsWholeStage: true }) },
    message: 'Generic engine has EP 1 or the whole stage of 64 GPUs, not 32',
    numbers: { ep: 32, stageGpus: 64 },
  },
  {
    rule: 'engine-moe-dp',
    refused: 'experts held twice',
    legal: wide({ ep: 32, mdp: 2 }),
    illegal: { ...wide({ ep: 32, mdp: 2 }), engine: parallel(generic, { moeDp: false }) },
    message: 'Generic engine holds the experts of a stage once, not 2 times (moeDp)',
    numbers: { moeDp: 2 },
  },
  {
    rule: 'redundant-experts',
    refused: 'copies of experts in an engine that places none',
    legal: { ...wide({}), engine: parallel(generic, { redundantExperts: false }) },
    illegal: { ...wide({ extra: '.red64' }), engine: parallel(generic, { redundantExperts: false }) },
    message: '64 redundant experts with EP 64: Generic engine places no copies of experts',
    numbers: { redundantExperts: 64, ep: 64 },
  },
  {
    rule: 'groups-are-linked',
    refused: 'TP 16 on boxes of 8 without a network',
    legal: { pool: unlinked },
    illegal: { pool: unlinked, key: planWith({ r: 4, tp: 16, mtp: 16 }) },
    message: 'a tp group of 16 ranks spans 2 domains of 8 GPUs, which no scale-out link joins',
    numbers: { axis: 'tp', size: 16, domains: 2, span: 8 },
  },
]

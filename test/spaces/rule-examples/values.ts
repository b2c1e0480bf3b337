import { makePool } from '../../../spaces/fleet.ts'
import { catalog, planWith, scheduler } from '../inputs.ts'
import { type Example, wide } from './example.ts'

const generic = catalog.engine('generic')
const deepseek = catalog.model('deepseek-v3')
const a100s = makePool({ node: 'dgx-a100', gpus: 64 }, catalog)

const tgiPlan = planWith({ c: 4096 })

/** Precision, batch, chunk and speculation. */
export const valueExamples: readonly Example[] = [
  {
    rule: 'quantisation-block',
    refused: 'blocks of 128 cut by TP 32: 18,432 / 32 = 576',
    legal: { model: deepseek, key: planWith({ r: 4, tp: 16, ep: 16, mtp: 1, w: 'shipped', a: 'fp8' }) },
    illegal: { model: deepseek, key: planWith({ r: 2, tp: 32, ep: 32, mtp: 1, w: 'shipped', a: 'fp8' }) },
    message: 'gate_proj cut over ffnTp 32 leaves shards 576 wide, which cut through the blocks of 128 of fp8-block',
    numbers: { tensor: 'gate_proj', weights: 'fp8-block', block: 128, shard: 576, ffnTp: 32 },
  },
  {
    rule: 'gpu-arithmetic',
    refused: 'fp8 activations on A100',
    legal: { pool: a100s, key: planWith({ w: 'fp8' }) },
    illegal: { pool: a100s, key: planWith({ w: 'fp8', a: 'fp8' }) },
    message: 'A100 SXM4 80GB has no matrix units worth using for fp8 activations (it has for fp32, bf16, fp16, int8)',
    numbers: { activations: 'fp8' },
  },
  {
    rule: 'weights-match-activations',
    refused: 'bf16 weights with fp8 activations',
    legal: { key: planWith({ w: 'fp8', a: 'fp8' }) },
    illegal: { key: planWith({ w: 'bf16', a: 'fp8' }) },
    message: 'bf16 weights do not multiply fp8 activations (they do bf16)',
    numbers: { weights: 'bf16', activations: 'fp8' },
  },
  {
    rule: 'kv-format',
    refused: 'a KV cache in AWQ',
    legal: { key: planWith({ kv: 'fp8' }) },
    illegal: { key: planWith({ kv: 'awq' }) },
    message: 'the KV cache cannot be kept in awq (it can in fp32, bf16, fp16, fp8, int8, nvfp4)',
    numbers: { kv: 'awq' },
  },
  {
    rule: 'comm-format',
    refused: 'an all-reduce in mxfp4',
    legal: { key: planWith({ comm: 'fp8' }) },
    illegal: { key: planWith({ comm: 'mxfp4' }) },
    message: 'collectives cannot add mxfp4 (they can fp32, bf16, fp16, fp8)',
    numbers: { comm: 'mxfp4' },
  },
  {
    rule: 'batch-fits-seats',
    refused: 'one request more than 8 attention-DP ranks of 1,024 seats hold',
    legal: wide({ b: 8192 }),
    illegal: wide({ b: 8193, c: 16384 }),
    message: 'batch 8193 exceeds the 8192 requests that Generic engine runs at once',
    numbers: { batch: 8193, seats: 8192 },
  },
  {
    rule: 'batch-fills-attention-dp',
    refused: 'seven requests for eight attention-DP ranks',
    legal: wide({ b: 8 }),
    illegal: wide({ b: 7 }),
    message: 'batch 7 leaves some of 8 attention-DP ranks without a request',
    numbers: { batch: 7, attentionDp: 8 },
  },
  {
    rule: 'chunk-holds-prompt',
    refused: 'a budget below the prompt where prompts are not chunked',
    legal: { engine: scheduler(generic, { chunkedPrefill: false }), key: planWith({ c: 1024 }) },
    illegal: { engine: scheduler(generic, { chunkedPrefill: false }), key: planWith({ c: 1023 }) },
    message: 'a step of 1023 tokens is too small: Generic engine needs at least 1024 for a prompt of 1024',
    numbers: { chunk: 1023, least: 1024, prompt: 1024 },
  },
  {
    rule: 'chunk-holds-decodes',
    refused: 'a mixed step smaller than its decodes',
    legal: { key: planWith({ b: 64, c: 64 }) },
    illegal: { key: planWith({ b: 64, c: 63 }) },
    message: 'a step of 63 tokens does not hold the 64 decode tokens of 64 requests',
    numbers: { chunk: 63, tokens: 64, batch: 64 },
  },
  {
    rule: 'speculation-sane',
    refused: 'a draft as long as the answer',
    legal: { plan: { speculation: { depth: 3, acceptance: [0.7, 0.5], draft: 'ngram' } } },
    illegal: { key: planWith({ c: 16384 }), plan: { speculation: { depth: 1024, acceptance: 0.7 } } },
    message:
      'speculation of 1024 tokens accepted with probability 0.7 for answers of 1024: needs 1 to 1023 tokens and a probability of 0 to 1',
    numbers: { depth: 1024, acceptance: 0.7, output: 1024 },
  },
  {
    rule: 'engine-drafts',
    refused: 'a draft module under an engine that only looks for drafts in the text',
    legal: { engine: catalog.engine('tgi'), key: tgiPlan, plan: { speculation: { depth: 2, acceptance: 0.5, draft: 'ngram' } } },
    illegal: { engine: catalog.engine('tgi'), key: tgiPlan, plan: { speculation: { depth: 2, acceptance: 0.5, draft: 'eagle' } } },
    message: 'TGI (1.x, lightllm kernels) does not draft by eagle: ngram',
    numbers: { draft: 'eagle' },
  },
  {
    rule: 'drafts-come-from-somewhere',
    refused: 'multi-token prediction of a model without it',
    legal: { plan: { speculation: { depth: 2, acceptance: 0.5, draft: 'eagle' } } },
    illegal: { plan: { speculation: { depth: 2, acceptance: 0.5 } } },
    message: 'no draft by mtp: Llama-3.3-70B-Instruct has no multi-token prediction, name eagle or ngram',
    numbers: { draft: 'mtp' },
  },
]

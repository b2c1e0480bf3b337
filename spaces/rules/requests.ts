import { valueForMemory } from '../engine.ts'
import { longestTokens } from '../length.ts'
import { longestRequest } from '../workload.ts'
import type { Rule } from './rule.ts'

export const requestFitsContext: Rule = {
  name: 'request-fits-context',
  why: 'A request, prompt and answer together, must fit the positions that the model knows.',
  needs: [],
  check: ({ model, workload }) => {
    const { isl: prompt, osl: output } = longestRequest(workload)
    if (prompt + output <= model.maxPosition) return null
    return {
      message: `${prompt} prompt and ${output} output tokens are ${prompt + output}, ${model.name} has ${model.maxPosition} positions`,
      numbers: { prompt, output, maxPosition: model.maxPosition },
    }
  },
}

export const batchFitsSeats: Rule = {
  name: 'batch-fits-seats',
  why: 'An engine runs a limited number of requests at once, on each of its attention-DP ranks.',
  needs: ['attention', 'batch'],
  check: ({ engine, pool, plan: { layout, batch } }) => {
    const seats = valueForMemory(engine.scheduler.maxSequences, pool.memory.bytes) * layout.attentionDp
    if (batch <= seats) return null
    return { message: `batch ${batch} exceeds the ${seats} requests that ${engine.name} runs at once`, numbers: { batch, seats } }
  },
}

export const batchFillsAttentionDp: Rule = {
  name: 'batch-fills-attention-dp',
  why: 'Attention-DP ranks share out whole requests: with fewer requests than ranks some would never work.',
  needs: ['attention', 'batch'],
  check: ({ plan: { layout, batch } }) => {
    const { attentionDp } = layout
    if (batch >= attentionDp) return null
    return { message: `batch ${batch} leaves some of ${attentionDp} attention-DP ranks without a request`, numbers: { batch, attentionDp } }
  },
}

export const chunkHoldsPrompt: Rule = {
  name: 'chunk-holds-prompt',
  why: 'Without chunked prefill a prompt must fit the token budget of one step.',
  needs: ['chunk'],
  check: ({ engine, workload, plan: { chunk } }) => {
    const prompt = longestTokens(workload.isl)
    const least = engine.scheduler.chunkedPrefill ? 1 : prompt
    if (chunk >= least) return null
    const message = `a step of ${chunk} tokens is too small: ${engine.name} needs at least ${least} for a prompt of ${prompt}`
    return { message, numbers: { chunk, least, prompt } }
  },
}

export const chunkHoldsDecodes: Rule = {
  name: 'chunk-holds-decodes',
  why: 'Where prefill and decode share a step, its token budget holds a token of every running request, drafts included.',
  needs: ['attention', 'speculation', 'batch', 'chunk'],
  check: ({ engine, plan: { layout, batch, chunk, speculation } }) => {
    const perRank = Math.ceil(batch / layout.attentionDp)
    const tokens = perRank * ((speculation?.depth ?? 0) + 1)
    if (!engine.scheduler.mixedSteps || chunk >= tokens) return null
    return {
      message: `a step of ${chunk} tokens does not hold the ${tokens} decode tokens of ${perRank} requests`,
      numbers: { chunk, tokens, batch },
    }
  },
}

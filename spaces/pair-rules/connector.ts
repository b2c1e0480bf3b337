import type { Connector } from '../connector.ts'
import { lengthMoments } from '../length.ts'
import { headCounts } from '../rules/heads.ts'
import type { PairRule } from './rule.ts'

export const engineDisaggregates: PairRule = {
  name: 'engine-disaggregates',
  why: 'Moving KV from one worker to another is a feature of an engine.',
  counts: false,
  check: ({ engine }) => {
    if (engine.disaggregation !== undefined) return null
    return { message: `${engine.name} cannot serve prefill and decode on separate workers`, numbers: { engine: engine.id } }
  },
}

export const answersAreDecoded: PairRule = {
  name: 'pair-decodes',
  why: 'The first token comes from the prompt: answers of one token leave decode workers without work.',
  counts: false,
  check: ({ workload }) => {
    const output = lengthMoments(workload.osl).mean
    if (output > 1) return null
    return { message: `decode workers have nothing to do for answers of ${output} token`, numbers: { output } }
  },
}

export const noBenchmark: PairRule = {
  name: 'pair-benchmark',
  why: 'Of separate workers the steady state is predicted, not the start and the end of a benchmark.',
  counts: false,
  check: ({ workload }) => {
    if (workload.benchmark === undefined) return null
    const { promptsPerSlot } = workload.benchmark
    const message = `a benchmark of ${promptsPerSlot} requests per slot is not predicted for separate workers: leave it out of the workload`
    return { message, numbers: { promptsPerSlot } }
  },
}

export const kvFormatsAgree: PairRule = {
  name: 'pair-kv-format',
  why: 'KV is moved as it is stored, so that both sides keep it in the same format.',
  counts: false,
  check: ({ plan: { prefill, decode } }) => {
    const [from, to] = [prefill.precision.kv, decode.precision.kv]
    if (from === to) return null
    return { message: `the prefill workers keep KV in ${from}, the decode workers in ${to}`, numbers: { prefillKv: from, decodeKv: to } }
  },
}

/** Whether TP of the two sides fits a connector, for caches that have several KV heads to share out. */
const ratioFits: Readonly<Record<Connector['tpRatio'], (a: number, b: number) => boolean>> = {
  equal: (a, b) => a === b,
  multiple: (a, b) => a % b === 0 || b % a === 0,
  any: () => true,
}

export const connectorTp: PairRule = {
  name: 'pair-tp',
  why: 'A connector maps the KV heads of one TP group onto those of another, for some ratios of their widths only; a latent is the same on every rank.',
  counts: false,
  check: ({ engine, model, plan: { prefill, decode } }) => {
    const ratio = engine.disaggregation?.tpRatio ?? 'any'
    const [from, to] = [prefill.layout.tp, decode.layout.tp]
    if (ratioFits[ratio](from, to) || headCounts(model, 'tokens').every(({ kv }) => kv <= 1)) return null
    const need = ratio === 'equal' ? 'equal widths' : 'one to be a multiple of the other'
    return {
      message: `attention TP ${from} of the prefill workers and ${to} of the decode workers: ${engine.name} needs ${need}`,
      numbers: { prefillTp: from, decodeTp: to },
    }
  },
}

export const connectorStages: PairRule = {
  name: 'pair-pipeline',
  why: 'A connector must know which stage of the other side keeps the KV of a layer.',
  counts: false,
  check: ({ engine, plan: { prefill, decode } }) => {
    const mapping = engine.disaggregation?.pipeline ?? 'any'
    const [from, to] = [prefill.layout.pp, decode.layout.pp]
    if (mapping === 'any' || (from === to && (mapping === 'equal' || from === 1))) return null
    const need = mapping === 'equal' ? 'as many on both sides' : 'workers of one stage'
    return {
      message: `prefill workers of ${from} pipeline stages and decode workers of ${to}: ${engine.name} moves KV between ${need}`,
      numbers: { prefillPp: from, decodePp: to },
    }
  },
}

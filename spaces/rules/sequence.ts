import type { Model } from '../model.ts'
import { headCounts } from './heads.ts'
import type { Breach, Rule } from './rule.ts'

export const engineSequenceKind: Rule = {
  name: 'engine-sequence-kind',
  why: 'Spreading the tokens of a prompt over ranks is a feature of an engine, one kind at a time.',
  needs: ['attention'],
  check: ({ engine, plan }) => {
    const { sp, spKind } = plan.layout
    if (sp === 1 && spKind === undefined) return null
    const kinds = engine.parallel.prefillSequence
    if (sp > 1 && spKind !== undefined && kinds.includes(spKind)) return null
    const known = kinds.length === 0 ? 'no kind of it' : kinds.join(', ')
    return {
      message: `sequence parallelism ${sp} of kind ${spKind ?? 'none'}: ${engine.name} has ${known}`,
      numbers: { sp, spKind: spKind ?? 'none' },
    }
  },
}

export const ulyssesHeads: Rule = {
  name: 'ulysses-heads',
  why: 'All-to-all sequence parallelism turns shards of tokens into shards of heads, so sp x tp must divide query and KV heads.',
  needs: ['attention'],
  check: ({ model, plan }) => {
    const { sp, spKind, tp } = plan.layout
    if (spKind !== 'all-to-all') return null
    const ranks = sp * tp
    // A single KV head (or an MLA latent) is sent to every rank instead.
    const broken = headCounts(model).find(({ query, kv }) => query % ranks !== 0 || (kv > 1 && kv % ranks !== 0))
    if (broken === undefined) return null
    const { query, kv } = broken
    return {
      message: `all-to-all sequence parallelism: ${query} query and ${kv} KV heads do not both divide over sp ${sp} x tp ${tp} = ${ranks} ranks`,
      numbers: { heads: query, kvHeads: kv, sp, tp },
    }
  },
}

export const sequenceInDecode: Rule = {
  name: 'sequence-in-decode',
  why: 'A decode step has one token per request, so ranks that share a prompt by tokens have nothing to share, unless the KV is sharded.',
  needs: ['attention'],
  check: ({ engine, model, plan, role }) => {
    const { sp, spKind, dcp, tp } = plan.layout
    if (sp === 1 || dcp > 1 || role === 'prefill') return null
    if (spKind === 'ring' && engine.parallel.helix === true) return helixHeads(model, sp, tp)
    return {
      message: `sequence parallelism ${sp} leaves ${sp - 1} of ${sp} ranks idle in decode, which has one token per request: shard the KV (dcp > 1), not dcp ${dcp}, or separate prefill workers`,
      numbers: { sp, dcp },
    }
  },
}

/** Ranks of a ring keep shards of the KV in decode, whose heads TP must not run out of: else it would be copied instead of cut. */
function helixHeads(model: Model, sp: number, tp: number): Breach | null {
  const short = headCounts(model).find(({ kv }) => tp > kv)
  if (short === undefined) return null
  const message = `a ring keeps shards of the KV in decode (Helix) only where TP does not exceed the KV heads: tp ${tp} over ${short.kv}`
  return { message, numbers: { sp, tp, kvHeads: short.kv } }
}

import { longestTokens } from '../length.ts'
import { acceptanceAt } from '../plan.ts'
import type { Rule } from './rule.ts'

export const speculationIsSane: Rule = {
  name: 'speculation-sane',
  why: 'A draft is shorter than the answer, and is accepted with a probability.',
  needs: ['speculation'],
  check: ({ workload, plan: { speculation } }) => {
    if (speculation === undefined) return null
    const { depth, acceptance } = speculation
    const output = longestTokens(workload.osl)
    const chances = Array.from({ length: Math.min(depth, 64) }, (_, i) => acceptanceAt(speculation, i))
    if (Number.isInteger(depth) && depth >= 1 && depth < output && chances.every((chance) => chance >= 0 && chance <= 1)) return null
    const curve = typeof acceptance === 'number' ? acceptance : acceptance.join('/')
    return {
      message: `speculation of ${depth} tokens accepted with probability ${curve} for answers of ${output}: needs 1 to ${Math.ceil(output) - 1} tokens and a probability of 0 to 1`,
      numbers: { depth, acceptance: curve, output },
    }
  },
}

export const engineDrafts: Rule = {
  name: 'engine-drafts',
  why: 'An engine drafts in some ways only.',
  needs: ['speculation'],
  check: ({ engine, plan: { speculation } }) => {
    const { drafts } = engine.scheduler
    const draft = speculation?.draft ?? 'mtp'
    if (speculation === undefined || drafts === undefined || drafts.includes(draft)) return null
    const known = drafts.length === 0 ? 'none' : drafts.join(', ')
    return { message: `${engine.name} does not draft by ${draft}: ${known}`, numbers: { draft } }
  },
}

export const draftsComeFromSomewhere: Rule = {
  name: 'drafts-come-from-somewhere',
  why: "Multi-token prediction is the model's own, or there is none.",
  needs: ['speculation'],
  check: ({ model, plan: { speculation } }) => {
    if (speculation === undefined || (speculation.draft ?? 'mtp') !== 'mtp' || model.mtp !== undefined) return null
    const message = `no draft by mtp: ${model.name} has no multi-token prediction, name eagle or ngram`
    return { message, numbers: { draft: 'mtp' } }
  },
}

import type { Model } from '../model.ts'
import { stageGpus } from '../plan.ts'
import type { Rule } from './rule.ts'

export const expertsNeedMoe: Rule = {
  name: 'experts-need-moe',
  why: 'A dense model has no experts to place; its plans write ep 1, moeTp the whole stage, moeDp 1, so that equal plans have equal keys.',
  needs: ['pipeline', 'attention', 'experts'],
  check: ({ model, plan: { layout } }) => {
    const { ep, moeTp, moeDp, redundantExperts } = layout
    const stage = stageGpus(layout)
    if (expertCounts(model).length > 0 || (ep === 1 && moeTp === stage && moeDp === 1 && redundantExperts === 0)) return null
    return {
      message: `${model.name} has no experts: its plans on stages of ${stage} GPUs have ep 1, moeTp ${stage}, moeDp 1 and no redundant experts, not ep ${ep}, moeTp ${moeTp}, moeDp ${moeDp} and ${redundantExperts}`,
      numbers: { ep, moeTp, moeDp, redundantExperts, stageGpus: stage },
    }
  },
}

export const epDividesExperts: Rule = {
  name: 'ep-divides-experts',
  why: 'Every rank of an EP group holds the same number of experts, redundant copies counted, and at least one.',
  needs: ['experts'],
  check: ({ model, plan }) => {
    const { ep, redundantExperts } = plan.layout
    const experts = expertCounts(model).find((count) => ep > count || (count + redundantExperts) % ep !== 0)
    if (experts === undefined) return null
    const copies = redundantExperts > 0 ? ` and ${redundantExperts} redundant copies` : ''
    return { message: `${experts} experts${copies} do not divide over EP ${ep}`, numbers: { experts, redundantExperts, ep } }
  },
}

export const redundantExpertsHelp: Rule = {
  name: 'redundant-experts',
  why: 'Copies of experts balance load between the ranks of an EP group, where the engine can place them.',
  needs: ['experts'],
  check: ({ engine, plan }) => {
    const { ep, redundantExperts } = plan.layout
    if (redundantExperts === 0 || (engine.parallel.redundantExperts && ep > 1)) return null
    const cause = engine.parallel.redundantExperts ? 'there are no ranks to balance' : `${engine.name} places no copies of experts`
    return { message: `${redundantExperts} redundant experts with EP ${ep}: ${cause}`, numbers: { redundantExperts, ep } }
  },
}

export const moeTpInsideEp: Rule = {
  name: 'moe-tp-inside-ep',
  why: 'Not every engine cuts single experts by TP inside an EP group.',
  needs: ['experts'],
  check: ({ engine, plan }) => {
    const { ep, moeTp } = plan.layout
    if (ep === 1 || moeTp === 1 || engine.parallel.moeTpWithEp) return null
    return { message: `${engine.name} does not cut experts by TP (moeTp ${moeTp}) inside EP ${ep}`, numbers: { moeTp, ep } }
  },
}

export const epIsWholeStage: Rule = {
  name: 'ep-whole-stage',
  why: 'Some engines have one switch for expert parallelism: off, or over all GPUs of a stage.',
  needs: ['pipeline', 'attention', 'experts'],
  check: ({ engine, plan: { layout } }) => {
    const stage = stageGpus(layout)
    if (!engine.parallel.epIsWholeStage || layout.ep === 1 || layout.ep === stage) return null
    return {
      message: `${engine.name} has EP 1 or the whole stage of ${stage} GPUs, not ${layout.ep}`,
      numbers: { ep: layout.ep, stageGpus: stage },
    }
  },
}

export const engineRepeatsExperts: Rule = {
  name: 'engine-moe-dp',
  why: 'Most engines hold the experts of a stage once, whatever attention does.',
  needs: ['experts'],
  check: ({ engine, plan }) => {
    const { moeDp } = plan.layout
    if (moeDp === 1 || engine.parallel.moeDp) return null
    return { message: `${engine.name} holds the experts of a stage once, not ${moeDp} times (moeDp)`, numbers: { moeDp } }
  },
}

/** Routed experts of each group of MoE layers; empty for a dense model. */
export function expertCounts(model: Model): readonly number[] {
  return model.layerGroups.flatMap(({ ffn }) => (ffn.kind === 'moe' ? [ffn.experts] : []))
}

import { expertCounts } from './experts.ts'
import type { Breach, Rule } from './rule.ts'

export const engineAttentionDp: Rule = {
  name: 'engine-attention-dp',
  why: 'Attention data parallelism is a feature of an engine, which may exclude attention TP or dense models.',
  needs: ['attention'],
  check: ({ model, engine, plan }) => {
    const { attentionDp, tp } = plan.layout
    const broken = (cause: string): Breach => ({ message: `attention DP ${attentionDp}: ${cause}`, numbers: { attentionDp, tp } })
    if (attentionDp === 1) return null
    if (engine.parallel.attentionDp === 'no') return broken(`${engine.name} has none`)
    if (engine.parallel.attentionDp === 'excludes-tp' && tp > 1) return broken(`${engine.name} does not combine it with attention TP ${tp}`)
    if (expertCounts(model).length > 0 || engine.parallel.attentionDpDense) return null
    return broken(`${engine.name} has it for MoE models only, and ${model.name} is dense: use replicas`)
  },
}

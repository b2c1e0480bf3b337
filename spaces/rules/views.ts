import { defaultFfnTp, type Layout, stageGpus } from '../plan.ts'
import type { Breach, Rule } from './rule.ts'

export const ffnViewAgrees: Rule = {
  name: 'ffn-view-agrees',
  why: 'Attention and the dense FFN are two views of the same GPUs, so the product of their widths is the same.',
  needs: ['pipeline', 'attention'],
  check: ({ plan: { layout } }) => disagreement(layout, 'dense-FFN', { ffnDp: layout.ffnDp, ffnTp: layout.ffnTp }),
}

export const engineDenseFfn: Rule = {
  name: 'engine-dense-ffn',
  why: 'Engines cut dense MLPs as they cut attention; few offer another width.',
  needs: ['attention'],
  check: ({ engine, plan: { layout } }) => {
    const { ffnTp } = layout
    const others = engine.parallel.denseFfnTp
    const stage = stageGpus(layout)
    const known = [defaultFfnTp(layout), ...(others ?? []).map((width) => (width === 'one' ? 1 : stage))]
    if (others === undefined || known.includes(ffnTp)) return null
    return {
      message: `${engine.name} cuts dense MLPs over ${[...new Set(known)].join(' or ')} GPUs here, not over ffnTp ${ffnTp}`,
      numbers: { ffnTp, attentionTp: defaultFfnTp(layout) },
    }
  },
}

export const expertViewAgrees: Rule = {
  name: 'expert-view-agrees',
  why: 'Attention and the experts are two views of the same GPUs, so the product of their widths is the same.',
  needs: ['pipeline', 'attention', 'experts'],
  check: ({ plan: { layout } }) => disagreement(layout, 'expert', { ep: layout.ep, moeTp: layout.moeTp, moeDp: layout.moeDp }),
}

export const ffnNestsWithAttention: Rule = {
  name: 'ffn-nests-with-attention',
  why: 'Tokens move between the attention and FFN groups by one collective only where groups of one are made of whole groups of the other.',
  needs: ['attention'],
  check: ({ plan: { layout } }) => crossing(layout, 'dense-FFN', { ffnTp: layout.ffnTp }),
}

export const expertsNestWithAttention: Rule = {
  name: 'experts-nest-with-attention',
  why: 'Tokens move between the attention and expert groups by one collective only where groups of one are made of whole groups of the other.',
  needs: ['attention', 'experts'],
  check: ({ plan: { layout } }) => {
    const { ep, moeTp } = layout
    return crossing(layout, 'expert', { moeTp, 'moeTp x ep': moeTp * ep })
  },
}

/** Two runs of neighbouring ranks, one of each view, of which neither holds the other a whole number of times. */
function crossing({ tp, sp }: Layout, view: string, runs: Readonly<Record<string, number>>): Breach | null {
  for (const [ownName, own] of Object.entries(runs)) {
    for (const [otherName, other] of Object.entries({ tp, 'tp x sp': tp * sp })) {
      if (own % other === 0 || other % own === 0) continue
      const message = `the ${view} groups of ${ownName} ${own} and the attention groups of ${otherName} ${other} cut through one another`
      return { message, numbers: { [ownName]: own, [otherName]: other } }
    }
  }
  return null
}

function disagreement(layout: Layout, view: string, widths: Readonly<Record<string, number>>): Breach | null {
  const stage = stageGpus(layout)
  const product = Object.values(widths).reduce((a, b) => a * b, 1)
  if (product === stage && Object.values(widths).every(Number.isInteger)) return null
  const factors = Object.entries(widths)
    .map(([name, width]) => `${name} ${Number(width.toPrecision(6))}`)
    .join(' x ')
  return {
    message: `the ${view} widths ${factors} do not make the ${stage} GPUs of a stage (attentionDp ${layout.attentionDp} x sp ${layout.sp} x tp ${layout.tp})`,
    numbers: { ...widths, stageGpus: stage },
  }
}

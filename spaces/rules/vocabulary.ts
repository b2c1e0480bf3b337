import type { Rule } from './rule.ts'

export const vocabularyDivides: Rule = {
  name: 'vocabulary-divides',
  why: 'Embedding and head are cut by rows of the vocabulary, which an engine pads to a fixed multiple or to whatever TP needs.',
  needs: ['attention'],
  check: ({ model, engine, plan }) => {
    const { tp } = plan.layout
    const multiple = engine.parallel.vocabularyMultiple
    if (multiple === undefined) return null
    const padded = Math.ceil(model.vocab / multiple) * multiple
    if (padded % tp === 0) return null
    return {
      message: `the vocabulary of ${model.vocab}, padded to ${padded} (a multiple of ${multiple}), does not divide over TP ${tp}`,
      numbers: { vocabulary: model.vocab, padded, multiple, tp },
    }
  },
}

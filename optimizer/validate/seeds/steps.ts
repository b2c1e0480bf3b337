import { z } from 'zod'
import { buildLayoutModel, type LayoutModel } from '../../../cost-model/layout-model.ts'
import { stepTime } from '../../../cost-model/step.ts'
import { type Measure, measure } from '../measure.ts'
import { colocated, settingOf } from '../plans.ts'

const at = z.strictObject({ study: z.looseObject({}), plan: z.string() })

function modelOf({ study, plan }: z.infer<typeof at>, exponent?: number): LayoutModel {
  const { scenario } = settingOf(study)
  const { calibration } = scenario
  const routing = exponent === undefined ? calibration.routing : { ...calibration.routing, exponent }
  return buildLayoutModel({ ...scenario, calibration: { ...calibration, routing } }, scenario.pools[0]!, colocated(plan))
}

/** Seconds of one step of whole prompts alone: what a prefill worker does, where SP needs no part in decode. */
function prefillSeconds(model: LayoutModel, tokens: number, prompts = 1): number {
  const prompt = { prefillTokens: tokens, prefillSequences: prompts, prefillContext: 0, decodeSequences: 0, decodeContext: 0 }
  return stepTime(model, prompt).latency
}

/** Measures of single steps, before any serving. */
export const stepMeasures: Readonly<Record<string, Measure>> = {
  'prefill ratio': measure(
    at.extend({ over: z.string(), tokens: z.int().positive() }),
    ({ study, plan, over, tokens }) =>
      prefillSeconds(modelOf({ study, plan }), tokens) / prefillSeconds(modelOf({ study, plan: over }), tokens),
  ),
  /** Of skewed over even popularity of the experts, every other thing equal. */
  'cost of imbalance': measure(
    at.extend({ exponent: z.number(), tokens: z.int().positive(), prompts: z.int().positive() }),
    ({ exponent, tokens, prompts, ...of }) =>
      prefillSeconds(modelOf(of, exponent), tokens, prompts) / prefillSeconds(modelOf(of, 0), tokens, prompts),
  ),
}

import type { Bound } from '../../../cost-model/column.ts'
import type { StepShape } from '../../../cost-model/counts.ts'
import { explainPhase } from '../../../cost-model/explain/phase.ts'
import { buildLayoutModel, type LayoutModel } from '../../../cost-model/layout-model.ts'
import { poolOf } from '../../../cost-model/prepare.ts'
import type { Scenario } from '../../../cost-model/scenario.ts'
import { stepTime } from '../../../cost-model/step.ts'
import { lengthMoments } from '../../../spaces/length.ts'
import type { ColocatedPlan } from '../../../spaces/plan.ts'
import { makeSpace } from '../../../spaces/space.ts'
import { readStudy } from '../../read-study.ts'
import { resolveStudy } from '../../resolve.ts'
import type { Setting } from '../../setting.ts'
import { type Category, categories, type Spec, type Step } from './spec.ts'

export interface Configuration {
  readonly gpu: string
  readonly tp: number
  readonly step: Step
}

/** One step of one replica: seconds in each category, and the largest thing it waits for. */
export interface Timing {
  readonly seconds: number
  readonly parts: Readonly<Record<Category, number>>
  readonly bound: Bound
}

/** lightllm's calls by the names of our ops. Rotation is inside its QKV; the logits' all-gather counts as communication, as in the seed. */
const categoryOf: Readonly<Record<string, Category>> = {
  'embed.reduce': 'all_reduce',
  'attn.reduce': 'all_reduce',
  'mlp.reduce': 'all_reduce',
  'head.gather': 'all_reduce',
  'attn.qkv': '_get_qkv',
  'attn.rotate': '_get_qkv',
  'mlp.up': '_ffn',
  'mlp.activation': '_ffn',
  'mlp.down': '_ffn',
  'attn.attention': 'attention',
  'attn.cache': 'cache',
  'attn.o_proj': '_get_o',
  'attn.norm': 'norms',
  'ffn.norm': 'norms',
  embed: 'head',
  'head.norm': 'head',
  'head.logits': 'head',
  'head.sample': 'head',
}

export interface Bench {
  readonly setting: Setting
  /** Every plan of the study. */
  readonly plans: readonly ColocatedPlan[]
  /** Remembers what it timed. */
  readonly timing: (at: Configuration) => Timing
}

/** The study of the seed, and the times of its steps. */
export function makeBench(spec: Spec): Bench {
  const setting = resolveStudy(readStudy(spec.study))
  const { scenario } = setting
  const space = makeSpace(scenario, setting.axes)
  const plans = Array.from({ length: space.size }, (_, i) => space.at(i))
  const known = new Map<string, Timing>()
  const timing = (at: Configuration): Timing => {
    const key = `${at.gpu} ${at.tp} ${at.step}`
    const found = known.get(key) ?? timeStep(scenario, modelOf(setting, plans, at), at.step, shapeOf(spec, setting, at.step))
    known.set(key, found)
    return found
  }
  return { setting, plans, timing }
}

function modelOf({ scenario }: Setting, plans: readonly ColocatedPlan[], { gpu, tp }: Configuration): LayoutModel {
  const plan = plans.find(({ pool, layout }) => pool === gpu && layout.tp === tp)
  if (plan === undefined) throw new Error(`the study has no plan of TP ${tp} on ${gpu}`)
  return buildLayoutModel(scenario, poolOf(scenario, plan), plan)
}

/** Mean lengths: prompts whole; decodes halfway through their output. */
function shapeOf({ prompts, clients }: Spec, { scenario: { workload } }: Setting, step: Step): StepShape {
  const [isl, osl] = [lengthMoments(workload.isl).mean, lengthMoments(workload.osl).mean]
  const empty = { prefillTokens: 0, prefillSequences: 0, prefillContext: 0, decodeSequences: 0, decodeContext: 0 }
  if (step === 'decode') return { ...empty, decodeSequences: clients, decodeContext: isl + osl / 2 }
  return { ...empty, prefillTokens: prompts[step] * isl, prefillSequences: prompts[step] }
}

function timeStep(scenario: Scenario, model: LayoutModel, step: Step, shape: StepShape): Timing {
  const parts = Object.fromEntries(categories.map((name) => [name, 0])) as Record<Category, number>
  const { stages, seconds } = explainPhase(scenario, model, step === 'decode' ? 'decode' : 'prefill', shape)
  for (const { ops, repeat, hostWait } of stages.flatMap(({ segments }) => segments)) {
    parts.launch += repeat * hostWait
    for (const op of ops) {
      const category = categoryOf[op.name]
      if (category === undefined) throw new Error(`${op.name} belongs to no call of lightllm`)
      parts[category] += repeat * op.seconds
    }
  }
  return { seconds, parts, bound: stepTime(model, shape).bound }
}

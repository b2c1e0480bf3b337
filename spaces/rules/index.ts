import type { Reason } from '../reason.ts'
import { engineAttentionDp } from './attention-dp.ts'
import { decodeContext } from './decode-context.ts'
import { engineRepeatsExperts, epDividesExperts, epIsWholeStage, expertsNeedMoe, moeTpInsideEp, redundantExpertsHelp } from './experts.ts'
import { headsDivide, kvHeadsDivide } from './heads.ts'
import { groupsAreLinked } from './links.ts'
import { engineHasPipeline, fleetProduct, stagesHaveLayers } from './pipeline.ts'
import { commIsAddable, gpuComputesActivations, kvIsStorable, weightsMatchActivations } from './precision.ts'
import { batchFillsAttentionDp, batchFitsSeats, chunkHoldsDecodes, chunkHoldsPrompt, requestFitsContext } from './requests.ts'
import { type Part, parts, type Rule, type RuleContext } from './rule.ts'
import { engineSequenceKind, sequenceInDecode, ulyssesHeads } from './sequence.ts'
import { draftsComeFromSomewhere, engineDrafts, speculationIsSane } from './speculation.ts'
import { engineDenseFfn, expertsNestWithAttention, expertViewAgrees, ffnNestsWithAttention, ffnViewAgrees } from './views.ts'
import { vocabularyDivides } from './vocabulary.ts'
import { expertWidthDivides, ffnWidthDivides, shardsKeepBlocks } from './widths.ts'

/** Registry: every condition on a plan, in the order in which a space can ask them. */
export const rules: readonly Rule[] = [
  requestFitsContext,
  stagesHaveLayers,
  engineHasPipeline,
  fleetProduct,
  ffnViewAgrees,
  ffnNestsWithAttention,
  engineDenseFfn,
  headsDivide,
  kvHeadsDivide,
  vocabularyDivides,
  ffnWidthDivides,
  engineAttentionDp,
  decodeContext,
  engineSequenceKind,
  ulyssesHeads,
  sequenceInDecode,
  expertViewAgrees,
  expertsNestWithAttention,
  expertsNeedMoe,
  epDividesExperts,
  expertWidthDivides,
  moeTpInsideEp,
  epIsWholeStage,
  engineRepeatsExperts,
  redundantExpertsHelp,
  groupsAreLinked,
  shardsKeepBlocks,
  gpuComputesActivations,
  weightsMatchActivations,
  kvIsStorable,
  commIsAddable,
  speculationIsSane,
  engineDrafts,
  draftsComeFromSomewhere,
  batchFitsSeats,
  batchFillsAttentionDp,
  chunkHoldsPrompt,
  chunkHoldsDecodes,
]

/** The first rule that a plan breaks, as a reason whose code is the rule's name; null: the plan is legal. */
export function firstBrokenRule(context: RuleContext): Reason | null {
  return firstBroken(rules, context)
}

/** As `firstBrokenRule`, of some rules. */
export function firstBroken(some: readonly Rule[], context: RuleContext): Reason | null {
  for (const rule of some) {
    const breach = rule.check(context)
    if (breach !== null) return { code: rule.name, ...breach }
  }
  return null
}

/** Rules whose last need is this part; of no part: those to which the plan does not matter. */
export function rulesDecidedBy(part: Part | undefined): readonly Rule[] {
  return rules.filter((rule) => parts[lastNeed(rule)] === part)
}

/** Position in `parts` of the last thing the rule looks at; -1 for none. */
export function lastNeed(rule: Rule): number {
  return Math.max(-1, ...rule.needs.map((need) => parts.indexOf(need)))
}

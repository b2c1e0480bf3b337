import type { Result } from '../optimizer/result-schema.ts'
import { printGrouped, printNumber } from './number.ts'

/** What a report says of the plans that were replayed. */
export interface ReplayReport {
  /** How many were, what became of the front and of the recommendation. */
  readonly sentences: readonly string[]
  readonly gapHeadings: readonly string[]
  /** Replay against closed form, one row per column, as text. */
  readonly gaps: readonly (readonly string[])[]
}

const gapHeadings = ['replay against closed form', 'plans', 'median', 'median size', '90 % within', 'largest']

export function replayReport({ replay, front, recommended }: Result): ReplayReport | undefined {
  if (replay === null) return undefined
  const { epsilonPercent, chosen, replayed, entered, left } = replay
  return {
    sentences: [
      `${printGrouped(replayed)} of ${printGrouped(chosen)} plans were replayed step by step: the front of the closed form, and plans within ${epsilonPercent} % of it or of a limit.`,
      `The front has ${printGrouped(front.length)} plans: ${printGrouped(entered.length)} entered, ${printGrouped(left.length)} left${whyLeft(left)}.`,
      recommendation(replay, recommended),
    ],
    gapHeadings,
    gaps: replay.gaps.map((gap) => [
      gap.column,
      printGrouped(gap.plans),
      signed(gap.medianPercent),
      `${printNumber(gap.medianSizePercent, 3)} %`,
      `${printNumber(gap.p90SizePercent, 3)} %`,
      signed(gap.most.percent),
    ]),
  }
}

/** What a reader must know before believing a front of replays. */
export function replayNotes({ replay }: Result): readonly string[] {
  if (replay === null) return []
  const { chosen, replayed, unreached, refused } = replay
  const late = `Partial: ${printGrouped(replayed)} of ${printGrouped(chosen)} plans were replayed before the run was ended or its budget spent; the others stand as the closed form has them.`
  const stay = refused.map(({ plans, reason, example }) => {
    return `${printGrouped(plans)} plans near the front stand as the closed form has them: ${reason}: ${example}.`
  })
  return [...(unreached > 0 ? [late] : []), ...stay]
}

type Replay = NonNullable<Result['replay']>

/** ` (7 beaten, by 0.4 % at most; 2 slo-ttft, by 3 % at most)` */
function whyLeft(left: Replay['left']): string {
  const reasons = [...new Set(left.map(({ reason }) => reason))]
  const counted = reasons.map((reason) => {
    const plans = left.filter((plan) => plan.reason === reason)
    const most = Math.max(...plans.map(({ byPercent }) => byPercent ?? Number.POSITIVE_INFINITY))
    return `${plans.length} ${reason}${Number.isFinite(most) ? `, by ${printNumber(most, 2)} % at most` : ''}`
  })
  return counted.length === 0 ? '' : ` (${counted.join('; ')})`
}

function recommendation({ recommendationChanged, closedRecommended }: Replay, now: Result['recommended']): string {
  if (!recommendationChanged) return 'The recommendation is the one of the closed form.'
  const gone = closedRecommended.filter(({ goal, index }) => !now.some((choice) => choice.goal === goal && choice.index === index))
  const before = gone.map(({ goal, plan }) => `${goal}: ${plan}`)
  return `The recommendation changed. The closed form recommends${before.length === 0 ? ' fewer plans' : `, for the ${before.join('; for the ')}`}.`
}

function signed(percent: number): string {
  return `${percent > 0 ? '+' : ''}${printNumber(percent, 3)} %`
}

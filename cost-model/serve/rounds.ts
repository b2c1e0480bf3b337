import type { StepSeconds } from './load.ts'
import type { Share } from './share.ts'

/**
 * From one step of a lane to its next where it has prompts: it follows when the last has left all stages and the other lanes have had their
 * turns, some of which have prompts too.
 */
function roundOf({ latency, period }: StepSeconds, slot: number, lanes: number, { carrying }: Share): number {
  return Math.max(latency, period + (lanes - 1) * (slot + carrying * Math.max(0, period - slot)))
}

/**
 * From one prefill step of a request to its next, and over that of one in whose lane others decode: these wait for their last token; where
 * there are none, the next chunk follows at once, but for the turns of other lanes.
 */
export function prefillInterval(
  own: StepSeconds,
  slot: number,
  lanes: number,
  share: Share,
): { readonly mean: number; readonly pace: number } {
  const round = roundOf(own, slot, lanes, share)
  const alone = Math.min(
    round,
    own.period / Math.max(1 / lanes, 1 - ((lanes - 1) * slot * (share.decode / (share.decode + share.prefill))) / round),
  )
  const mean = share.accompanied * round + (1 - share.accompanied) * alone
  return { mean, pace: mean / round }
}

/** What one step more with prompts adds for those of its lane. */
export function delayOf(time: StepSeconds, slot: number, lanes: number, share: Share): number {
  return disturbanceOf(time, 0, slot, lanes, { ...share, disturbed: 1 })
}

/** Rounds of others that meet a prefill, over what they would be if each of its steps took a round: the life of a request is shorter then, too. */
export function paceElsewhere({ prefill, decode, missed }: Share, pace: number): number {
  const rounds = 1 + (prefill - 1) * pace
  return ((rounds / prefill) * (prefill + decode + missed)) / (rounds + decode + missed)
}

/**
 * What steps with prompts add to the time of those that decode: what they take longer than ones without, or all of it where they stall them.
 * In a pipeline every lane's next step follows the one with prompts through all stages, so that a whole round takes as long as its way; where
 * several steps of a round carry prompts, they are on their way together.
 */
export function disturbanceOf(time: StepSeconds, elsewhere: number, slot: number, lanes: number, share: Share): number {
  const { stalls, carrying, alone, disturbed } = share
  const round = roundOf(time, slot, lanes, share)
  const more = round - lanes * slot
  if (!stalls) return ((disturbed + elsewhere) * more) / (1 + (lanes - 1) * carrying)
  return disturbed * (round - (1 - alone) * lanes * slot) + (elsewhere * Math.max(0, more)) / (1 + (lanes - 1) * carrying)
}

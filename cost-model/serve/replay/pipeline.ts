import type { Rank } from './rank.ts'
import type { Source } from './source.ts'

/** Ranks that step together: one group per pipeline stage, which take turns in the pipeline. */
export interface Lane {
  readonly ranks: readonly Rank[]
  /** Steps for which its ranks have held prompts back. */
  held: number
  /** Its last step: when it began and ends. */
  start: number
  end: number
  /** Seconds of a round of it. */
  round: number
  /** None of its requests can run until something outside it changes (KV that others wait for is pulled). */
  parked: boolean
  /** A step ends just now, so that an asynchronous scheduler has formed the next one while it ran. */
  busy: boolean
}

/** One replica. */
export interface Pipeline {
  readonly lanes: readonly Lane[]
  /** When the first stage is free for the next step, and the last of its steps ends. */
  entry: number
  lastEnd: number
  /** Where its requests come from, alone or with others. */
  readonly feed: Feed
  /** Of each attention-DP rank, hashes of the prompts it has seen. */
  readonly seen: readonly Set<number>[]
}

/** Requests that come to some replicas. */
export interface Feed {
  readonly source: Source
  /** Number of the first of its requests. */
  readonly base: number
  readonly pipelines: Pipeline[]
}

export function makePipeline(ranks: readonly Rank[], attentionDp: number, feed: Feed, origin: number): Pipeline {
  const lanes = Array.from({ length: ranks.length / attentionDp }, (_, i) => ({
    ranks: ranks.slice(i * attentionDp, (i + 1) * attentionDp),
    held: 0,
    parked: false,
    round: 0,
    start: Number.NEGATIVE_INFINITY,
    end: Number.NEGATIVE_INFINITY,
    busy: false,
  }))
  const seen = Array.from({ length: attentionDp }, () => new Set<number>())
  const pipeline = { lanes, entry: origin, lastEnd: origin, feed, seen }
  feed.pipelines.push(pipeline)
  return pipeline
}

/** Of the lanes with requests that can run, the one that could step first. */
export function nextLane(lanes: readonly Lane[]): Lane | undefined {
  let next: Lane | undefined
  for (const lane of lanes) if (!lane.parked && (next === undefined || readyTime(lane) < readyTime(next)) && laneLoad(lane) > 0) next = lane
  return next
}

/**
 * Decodes wait for their last token. The next chunk of a prompt does not: where a lane does nothing else, it follows the last one through the
 * stages (vLLM counts tokens as computed once they are scheduled).
 */
export function readyTime({ ranks, start, end }: Lane): number {
  let begun = false
  for (const { partial, decoding } of ranks) {
    if (decoding > 0) return end
    if (partial >= 0) begun = true
  }
  return begun ? start : end
}

/** Something comes to a lane at `now`: one that stood still begins then. */
export function wake(lane: Lane, now: number): void {
  if (lane.end < now && (lane.parked || laneLoad(lane) === 0)) {
    lane.end = now
    lane.busy = false
  }
  lane.parked = false
}

export function laneLoad({ ranks }: Lane): number {
  let requests = 0
  for (const rank of ranks) requests += load(rank)
  return requests
}

export function load({ waiting, landed, running }: Rank): number {
  return waiting.size + landed.size + running.size
}

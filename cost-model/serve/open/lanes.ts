import type { PromptQueues } from './queues.ts'

/** One of the batches that take turns in a pipeline. Seconds. */
export interface Lane {
  readonly number: number
  /** Requests that decode in it; of a closed loop those of them that wait for their first token too. */
  readonly members: number
  waiting: number
  /** Its last step: when it began and ends; a step ends just now, and an asynchronous scheduler formed the next while it ran. */
  start: number
  end: number
  busy: boolean
  /** Steps for which it has held prompts back. */
  held: number
}

/** `members` spread over the first `used` of the lanes. */
export function lanesOf(lanes: number, used: number, members: number): readonly Lane[] {
  return Array.from({ length: lanes }, (_, number) => ({
    number,
    members: number < used ? Math.floor((members + used - 1 - number) / used) : 0,
    ...{ waiting: 0, start: 0, end: 0, busy: false, held: 0 },
  }))
}

/**
 * The lane that can step first, once the first stage is free. Decodes wait for their last token; where there are none, the next chunk of a prompt
 * follows its last one. Undefined: there is nothing to do.
 */
export function nextTurn(
  lanes: readonly Lane[],
  entry: number,
  decodersOf: (lane: Lane) => number,
  queues: PromptQueues,
): { readonly lane: Lane; readonly at: number } | undefined {
  let [next, at] = [undefined as Lane | undefined, Number.POSITIVE_INFINITY]
  for (const lane of lanes) {
    const ready = decodersOf(lane) > 0 ? lane.end : lane.waiting > 0 ? promptsReady(lane, queues) : Number.POSITIVE_INFINITY
    if (ready < at) [next, at] = [lane, ready]
  }
  return next === undefined ? undefined : { lane: next, at: Math.max(at, entry) }
}

function promptsReady({ number, start, end }: Lane, queues: PromptQueues): number {
  return queues.begun(number) ? start : Math.max(end, queues.first(number))
}

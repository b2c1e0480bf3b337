import type { Serving } from '../../serve/colocated.ts'
import { decodedTokens, type Load } from '../../serve/load.ts'
import type { RequestParts } from '../explanation.ts'

/** Of the mean request of a closed loop. */
export function closedParts({ queue, parts }: Pick<Serving, 'queue' | 'parts'>, load: Load): RequestParts {
  const tokens = decodedTokens(load)
  const perToken = (seconds: number) => (tokens > 0 ? seconds / tokens : 0)
  return {
    ttftParts: [
      { name: 'host work on the request', seconds: load.perRequest },
      { name: 'wait for a seat', seconds: queue },
      { name: 'steps under way', seconds: parts.handover },
      { name: 'prefill', seconds: parts.prefill },
    ],
    tpotParts: [
      { name: 'decode steps', seconds: perToken(parts.steps) },
      { name: "others' prompts in them", seconds: perToken(parts.disturbance) },
      { name: 'preempted requests prefilled again', seconds: perToken(parts.preemption) },
    ],
  }
}

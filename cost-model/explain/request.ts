import type { Serving } from '../serve/colocated.ts'
import { decodedTokens, type Load } from '../serve/load.ts'
import type { RequestExplanation } from './explanation.ts'

/** What a request's times are made of, on `gpus` of one replica. */
export function explainRequest(serving: Serving, load: Load, gpus: number): RequestExplanation {
  const { ttft, tpot, e2e, queue, regime, requestsPerSecond, parts } = serving
  const tokens = decodedTokens(load)
  const perToken = (seconds: number) => (tokens > 0 ? seconds / tokens : 0)
  return {
    ttft,
    tpot,
    e2e,
    outputPerSecondPerGpu: (requestsPerSecond * load.osl) / gpus,
    regime,
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

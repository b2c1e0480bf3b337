import { decodeInterval, pipelinedPrefill } from '../../pipeline.ts'
import { computedPrompt, decodedTokens, type Load, type StepFunction, tokensPerStep } from '../../serve/load.ts'
import type { OpenServing } from '../../serve/open/open.ts'
import { promptBudget, stepsAlone } from '../../serve/prompt-queue.ts'
import { noPrompts, shapeOf } from '../../serve/shape.ts'
import type { RequestParts } from '../explanation.ts'

/** Of the mean request under arrivals: what it would take with as many beside it and no other prompts, and what these add. */
export function openParts({ ttft, tpot, queue, running }: OpenServing, load: Load, step: StepFunction): RequestParts {
  const beside = Math.max(1, running)
  const lanes = Math.max(1, Math.min(load.pp, beside / load.attentionDp))
  const prompt = computedPrompt(load)
  const steps = stepsAlone(prompt / promptBudget(load, load.chunk))
  const own = step(shapeOf(load, { tokens: prompt / steps, sequences: 1, ranks: 1 }, load.scheduler.mixedSteps ? beside / lanes : 0))
  const rest = ttft - load.perRequest - queue
  const prefill = Math.min(rest, pipelinedPrefill(own, steps, own))
  const plain = decodeInterval(step(shapeOf(load, noPrompts, beside / lanes)), lanes) / tokensPerStep(load.speculation)
  const decode = decodedTokens(load) > 0 ? Math.min(tpot, plain) : 0
  return {
    ttftParts: [
      { name: 'host work on the request', seconds: load.perRequest },
      { name: 'wait for a seat', seconds: queue },
      { name: "steps under way and others' prompts", seconds: rest - prefill },
      { name: 'prefill', seconds: prefill },
    ],
    tpotParts: [
      { name: 'decode steps', seconds: decode },
      { name: "others' prompts in them", seconds: tpot - decode },
    ],
  }
}

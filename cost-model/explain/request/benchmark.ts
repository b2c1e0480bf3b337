import type { Loaded } from '../../loaded.ts'
import type { Load } from '../../serve/load.ts'
import type { RequestParts } from '../explanation.ts'

/** Of the mean over the requests of a benchmark; a percentile of each latency is that of another request, and has no parts. */
export function benchmarkParts({ served, shown }: Extract<Loaded, { readonly kind: 'benchmark' }>, load: Load): RequestParts {
  if (shown !== served) {
    const whole = (seconds: number) => [{ name: 'the percentile that the benchmark prints', seconds }]
    return { ttftParts: whole(shown.ttft), tpotParts: whole(shown.tpot) }
  }
  const { ttft, tpot, first, firstShare, queue, delivered } = served
  const later = 1 - firstShare
  const start = firstShare * (first - load.perRequest - delivered)
  const waiting = later * queue
  return {
    ttftParts: [
      { name: 'host work on the request', seconds: load.perRequest },
      { name: 'the burst of the start', seconds: start },
      { name: 'wait for a seat after it', seconds: waiting },
      { name: 'prefill and steps under way after it', seconds: ttft - load.perRequest - start - waiting - delivered },
      { name: 'tokens held back until several are sent', seconds: delivered },
    ],
    tpotParts: [{ name: 'decode steps and the prompts in them', seconds: tpot }],
  }
}

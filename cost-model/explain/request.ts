import type { Loaded } from '../loaded.ts'
import type { Load, StepFunction } from '../serve/load.ts'
import type { RequestExplanation } from './explanation.ts'
import { benchmarkParts } from './request/benchmark.ts'
import { closedParts } from './request/closed.ts'
import { openParts } from './request/open.ts'

/** What a request's times are made of under what comes to one replica, on its `gpus`. */
export function explainRequest(loaded: Loaded, load: Load, step: StepFunction, gpus: number): RequestExplanation {
  const outputPerSecondPerGpu = (requestsOf(loaded) * load.osl) / gpus
  switch (loaded.kind) {
    case 'closed': {
      const { ttft, tpot, e2e, regime } = loaded.served
      const asked = { load: 'closed', requestsPerSecond: null, concurrency: load.concurrency, regime } as const
      return { ...asked, ttft, tpot, e2e, outputPerSecondPerGpu, ...closedParts(loaded.served, load) }
    }
    case 'benchmark': {
      const { ttft, tpot, e2e } = loaded.shown
      const asked = { load: 'benchmark', requestsPerSecond: null, concurrency: load.concurrency, regime: loaded.served.regime } as const
      return { ...asked, ttft, tpot, e2e, outputPerSecondPerGpu, ...benchmarkParts(loaded, load) }
    }
    case 'open': {
      const { served, stream } = loaded
      const { ttft, tpot, e2e, concurrency } = served
      const asked = { load: 'arrivals', requestsPerSecond: stream.rate, concurrency, regime: 'arrivals' } as const
      return { ...asked, ttft, tpot, e2e, outputPerSecondPerGpu, ...openParts(served, load, step) }
    }
    case 'overloaded': {
      const asked = { load: 'arrivals', requestsPerSecond: loaded.stream.rate, concurrency: null, regime: 'overloaded' } as const
      return { ...asked, ttft: null, tpot: null, e2e: null, outputPerSecondPerGpu, ttftParts: [], tpotParts: [] }
    }
  }
}

function requestsOf(loaded: Loaded): number {
  switch (loaded.kind) {
    case 'closed':
    case 'benchmark':
      return loaded.served.requestsPerSecond
    case 'open':
      return loaded.stream.rate
    case 'overloaded':
      return loaded.served.rate
  }
}

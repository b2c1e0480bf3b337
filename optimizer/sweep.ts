import type { Range } from '../spaces/number-line.ts'
import { gatherer, type Outcome } from './outcome.ts'
import type { Judged } from './refine/near.ts'
import type { Runner } from './runner.ts'
import { type Flags, flag } from './search-range.ts'

/** `failed`: a worker thread died twice on a range. */
export type RunEnd =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'failed'; readonly range: Range; readonly message: string }

export interface SweepOptions {
  /** Ends the run early; what was found by then is the result, marked partial. */
  readonly signal?: AbortSignal | undefined
  /** Called after every range with the plans decided so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** Most bytes of plans to keep; beyond it only the front is. */
  readonly keepBytes?: number | undefined
}

/** Some 85,000 plans: what a page and a spreadsheet can still show, written in seconds. */
const defaultKeepBytes = 40 * 2 ** 20

/** A space of `size` plans, cut into ranges of `length`. */
export interface Job extends Judged {
  readonly size: number
  readonly length: number
}

/** Hands every range of the space to the runner and gathers what comes back. A range whose thread died is tried once more. */
export async function sweep(job: Job, runner: Pick<Runner, 'lanes' | 'run'>, flags: Flags, options: SweepOptions = {}): Promise<RunEnd> {
  const { signal, onProgress, keepBytes = defaultKeepBytes } = options
  const gathered = gatherer(job, keepBytes)
  const ranges = rangesOf(job)
  let failure: Extract<RunEnd, { readonly kind: 'failed' }> | undefined
  const stop = () => Atomics.store(flags, flag.stop, 1)
  const stopped = () => Atomics.load(flags, flag.stop) === 1
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()

  async function lane(): Promise<void> {
    for (const range of ranges) {
      if (stopped()) return
      const first = await runner.run(range)
      const answer = first.kind === 'died' && !stopped() ? await runner.run(range) : first
      if (answer.kind === 'died') {
        // What dies after the stop is missing from a partial result, as what was never begun.
        if (!stopped()) failure = { kind: 'failed', range, message: answer.message }
        stop()
        return
      }
      gathered.add(answer.outcome)
      if (gathered.full()) Atomics.store(flags, flag.frontOnly, 1)
      onProgress?.(gathered.decided(), job.size)
    }
  }

  try {
    await Promise.all(Array.from({ length: runner.lanes }, lane))
  } finally {
    stop()
    signal?.removeEventListener('abort', stop)
  }
  return failure ?? { kind: 'done', outcome: gathered.outcome(job.size) }
}

/** Shared by all lanes: each takes the next. */
function* rangesOf({ size, length }: Job): Generator<Range> {
  for (let from = 0; from < size; from += length) yield { from, to: Math.min(from + length, size) }
}

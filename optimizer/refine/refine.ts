import { objectivesOf } from '../objective.ts'
import type { Outcome } from '../outcome.ts'
import { choose } from '../recommend.ts'
import type { ReplayAnswer, Runner } from '../runner.ts'
import type { Setting } from '../setting.ts'
import type { RunEnd } from '../sweep.ts'
import { tableSize } from '../table.ts'
import type { ReplayedRow, ReplayTask } from './replay-row.ts'
import { rerank } from './rerank.ts'
import { mostBeside, survivorsOf } from './survivors.ts'

/** Time that replays may take. What they find then depends on the clock. */
export interface Budget {
  readonly seconds: number
  /** Seconds on a monotonic clock. */
  now(): number
}

export interface RefineOptions {
  /** Ends the replays early; plans that were not reached stay as the closed form has them, and the result is marked partial. */
  readonly signal?: AbortSignal | undefined
  /** Likewise; absent: all are replayed. */
  readonly budget?: Budget | undefined
  /** Called after every replay. */
  readonly onReplay?: ((done: number, total: number) => void) | undefined
}

type Replays = Pick<Runner, 'lanes' | 'replay'>
type Failed = Extract<RunEnd, { readonly kind: 'failed' }>

/**
 * The second look at a sweep: replays the plans near its front, the front itself first, and judges them anew; then those near the front that
 * this leaves, until none is left or too many were.
 */
export async function refine(
  setting: Pick<Setting, 'objectives' | 'limits'>,
  swept: Outcome,
  runner: Replays,
  options: RefineOptions = {},
): Promise<RunEnd> {
  const { signal, budget, onReplay } = options
  const judged = { objectives: objectivesOf(setting.objectives), limits: setting.limits }
  const started = budget?.now() ?? 0
  const over = () => signal?.aborted === true || (budget !== undefined && budget.now() - started >= budget.seconds)
  const most = tableSize(swept.front) + mostBeside
  const chosen: ReplayTask[] = []
  const found = new Map<number, ReplayedRow>()
  const onFound = (index: number, row: ReplayedRow) => {
    found.set(index, row)
    onReplay?.(found.size, chosen.length)
  }
  let outcome = rerank(swept, chosen, found, judged)
  for (let front = swept.front; ; front = outcome.front) {
    const known = new Set(chosen.map(({ index }) => index))
    const recommended = choose(setting.objectives, setting.limits, { ...outcome, front }).map(({ index }) => index)
    const tasks = survivorsOf(swept.near, front, judged, recommended).filter(({ index }) => !known.has(index))
    const round = tasks.slice(0, most - chosen.length)
    if (round.length === 0) break
    chosen.push(...round)
    const failed = await replayAll(round, runner, over, signal, onFound)
    if (failed !== undefined) return failed
    outcome = rerank(swept, chosen, found, judged)
    if (found.size < chosen.length) break
  }
  return { kind: 'done', outcome }
}

/** Replays in this order until it is over. */
async function replayAll(
  tasks: readonly ReplayTask[],
  runner: Replays,
  over: () => boolean,
  signal: AbortSignal | undefined,
  onFound: (index: number, row: ReplayedRow) => void,
): Promise<Failed | undefined> {
  const queue = tasks.values()
  let failed: Failed | undefined
  let stop = () => {}
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined)
  })
  signal?.addEventListener('abort', stop)

  async function lane(): Promise<void> {
    while (failed === undefined && !over()) {
      const { value: task } = queue.next()
      if (task === undefined) return
      // A replay that runs when the run is aborted is not waited for.
      const answer = await Promise.race([twice(runner, task), aborted])
      if (answer === undefined) return
      if (answer.kind === 'died') failed = { kind: 'failed', range: { from: task.index, to: task.index + 1 }, message: answer.message }
      else onFound(task.index, answer.outcome)
    }
  }

  try {
    await Promise.all(Array.from({ length: runner.lanes }, lane))
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  return failed
}

/** Once more where a thread died of it. */
async function twice(runner: Replays, task: ReplayTask): Promise<ReplayAnswer> {
  const first = await runner.replay(task)
  return first.kind === 'died' ? runner.replay(task) : first
}

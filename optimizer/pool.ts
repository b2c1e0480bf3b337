import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import type { ReplayedRow } from './refine/replay-row.ts'
import type { Died, Runner } from './runner.ts'
import type { Flags, RangeOutcome } from './search-range.ts'
import type { Setting } from './setting.ts'

/** What a worker thread is started with. */
export interface WorkerInput {
  readonly setting: Setting
  readonly flags: Flags
}

/** What it answers; a bug crosses as data, so that it is not mistaken for the thread's death. */
export type WorkerAnswer<T> = { readonly kind: 'done'; readonly outcome: T } | { readonly kind: 'threw'; readonly error: unknown }

/** From the sources this module and its worker are TypeScript, which tsx loads; from the build they are not. */
const fromSources = import.meta.url.endsWith('.ts')
const workerModule = new URL(fromSources ? './worker.ts' : './worker.js', import.meta.url)

/** Threads that this machine runs at once. */
export function machineThreads(): number {
  return availableParallelism()
}

/**
 * Searches and replays on worker threads. A worker that cannot even start is a bug. `module` exports `runRange` and `runReplay`, which
 * return a `WorkerAnswer`; tests give one that fails.
 */
export function poolRunner(input: WorkerInput, workers: number, module: URL = workerModule): Runner {
  const pool = new Piscina({
    filename: module.href,
    // Loaded while the threads start.
    name: 'runRange',
    minThreads: workers,
    maxThreads: workers,
    workerData: input,
    execArgv: fromSources ? ['--import', 'tsx'] : [],
  })
  const broken = new Promise<never>((_, reject) => pool.once('error', reject))
  // Without a handler of its own it would end the process although every run that waits for it handles it.
  broken.catch(() => {})
  const answerTo = async <T>(name: string, task: object): Promise<{ readonly kind: 'done'; readonly outcome: T } | Died> => {
    const answer = await Promise.race([answerOf<T>(pool, name, task), broken])
    if (answer.kind === 'threw') throw answer.error
    return answer
  }
  return {
    // One range waits for every one that runs: no thread is idle while the driver merges.
    lanes: workers * 2,
    run: (range) => answerTo<RangeOutcome>('runRange', range),
    replay: (task) => answerTo<ReplayedRow>('runReplay', task),
    close: () => pool.destroy(),
  }
}

/** A task is rejected only by the end of its thread. */
async function answerOf<T>(pool: Piscina, name: string, task: object): Promise<WorkerAnswer<T> | Died> {
  return pool.run(task, { name }).then(
    (answer) => answer as WorkerAnswer<T>,
    (error: unknown) => ({ kind: 'died', message: error instanceof Error ? error.message : String(error) }),
  )
}

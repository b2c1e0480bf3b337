import { objectivesOf } from './objective.ts'
import { studySpace } from './plan-space.ts'
import { machineThreads, poolRunner } from './pool.ts'
import { type RefineOptions, refine } from './refine/refine.ts'
import { replayerOf } from './refine/replay-row.ts'
import { localRunner } from './runner.ts'
import { searchOf } from './search.ts'
import { makeFlags } from './search-range.ts'
import type { Setting } from './setting.ts'
import { type RunEnd, type SweepOptions, sweep } from './sweep.ts'

export interface RunOptions extends SweepOptions, RefineOptions {
  /**
   * Worker threads, at most four per CPU (eight on small machines); 0: the calling thread alone. Left out: as many as pay. The result
   * is the same.
   */
  readonly workers?: number | undefined
}

/** Spaces of pairs are huge, and all but little of them is passed over. */
const rangesOfPairs = 512

/** Plans that pay for a thread: starting and warming it up takes a quarter of a second of CPU, they take half of one or more (measured). */
const plansPerThread = 10_000

/** Searches the whole space of a setting. */
export async function runStudy(setting: Setting, options: RunOptions = {}): Promise<RunEnd> {
  const { size, pairs } = studySpace(setting)
  const least = pairs === undefined ? 0 : Math.ceil(size / rangesOfPairs)
  const replays = setting.fidelity === 'replay'
  // A replay takes as long as hundreds of plans: two threads pay whatever the space.
  const workers = threadsFor(replays ? Infinity : size, options.workers, machineThreads())
  const flags = makeFlags()
  const runner = workers === 0 ? localRunner(searchOf(setting), flags, () => replayerOf(setting)) : poolRunner({ setting, flags }, workers)
  const { limits } = setting
  const job = { size, length: Math.max(least, rangeLength(size, workers)), objectives: objectivesOf(setting.objectives), limits }
  try {
    const swept = await sweep(job, runner, flags, options)
    // What was found before an interruption is not worth a second look.
    if (!replays || swept.kind === 'failed' || swept.outcome.partial) return swept
    return await refine(setting, swept.outcome, runner, options)
  } finally {
    await runner.close()
  }
}

/** Threads to start, where `asked` were asked for, on a machine that runs `machine` at once. */
export function threadsFor(size: number, asked: number | undefined, machine: number): number {
  if (asked !== undefined) return Math.min(asked, Math.max(8, machine * 4))
  const paying = Math.min(machine, Math.floor(size / plansPerThread))
  return paying < 2 ? 0 : paying
}

/** Plans of a range: several ranges per thread, so that they end together; short ones on the calling thread, which answers between them. */
export function rangeLength(size: number, workers: number): number {
  if (workers === 0) return 1024
  return Math.min(32_768, Math.max(512, Math.ceil(size / (workers * 8))))
}

import type { Pool } from '../spaces/fleet.ts'
import { type ColocatedPlan, replicaGpus } from '../spaces/plan.ts'
import type { Reason } from '../spaces/reason.ts'
import type { Workload } from '../spaces/workload.ts'
import type { Pedigree } from './column.ts'
import { withHost } from './host.ts'
import { type Memory, memoryAt } from './memory.ts'
import { preparing } from './prepare.ts'
import type { Scenario } from './scenario.ts'
import { type DecodeWorker, decodeWorker } from './serve/disaggregated/decode.ts'
import { type PrefillWorker, prefillWorker } from './serve/disaggregated/prefill.ts'
import type { Load, StepFunction } from './serve/load.ts'
import { noPrompts, shapeOf } from './serve/shape.ts'
import { fullPrefill } from './serve/static.ts'
import { type StepTime, stepSeconds, stepTime } from './step.ts'

/** One side of a disaggregated plan, apart from the other: a worker, its memory, and what its steps are made of. */
export interface WorkerSide<Worker> {
  readonly plan: ColocatedPlan
  readonly pool: Pool
  /** Of one worker. */
  readonly gpus: number
  readonly memory: Memory
  /** Why such a worker cannot run; null: it can. */
  readonly reason: Reason | null
  readonly load: Load
  readonly worker: Worker
  /** A full prefill step; a decode step of so many requests. */
  stepOf(running: number): StepTime
  readonly pedigree: Pedigree
}

export type PrefillSide = WorkerSide<PrefillWorker>
export type DecodeSide = WorkerSide<DecodeWorker>

export interface Sides {
  prefill(plan: ColocatedPlan): PrefillSide
  decode(plan: ColocatedPlan): DecodeSide
}

/** Sides of a scenario's plans, each computed once: plans are compared by identity. */
export function workerSides(scenario: Scenario): Sides {
  const prompts: Scenario = { ...scenario, workload: promptsOf(scenario.workload) }
  const prefill = sidesOf(prompts, 'prefill', prefillWorker, (load) => fullPrefill(load))
  const decode = sidesOf(scenario, 'decode', decodeWorker, (load, running) => shapeOf(load, noPrompts, running))
  return { prefill: remembered(prefill), decode: remembered(decode) }
}

/** What a prefill worker serves: the same prompts, answered with one token. */
export function promptsOf(workload: Workload): Workload {
  const first = { osl: { kind: 'fixed', tokens: 1 }, paired: undefined } as const
  const { classes } = workload
  return { ...workload, ...first, ...(classes !== undefined && { classes: classes.map((request) => ({ ...request, ...first })) }) }
}

function sidesOf<Worker>(
  scenario: Scenario,
  role: 'prefill' | 'decode',
  workerOf: (load: Load, step: StepFunction) => Worker,
  shape: (load: Load, running: number) => Parameters<typeof stepTime>[1],
): (plan: ColocatedPlan) => WorkerSide<Worker> {
  const prepared = preparing(scenario)
  return (plan) => {
    const { pool, layoutMemory, model, request } = prepared(plan)
    const memory = memoryAt(layoutMemory, plan)
    const load = { ...request, concurrency: plan.batch, chunk: plan.chunk, kvSeats: memory.seats.reserved }
    const { verdict } = memory
    return {
      plan,
      pool,
      gpus: replicaGpus(plan.layout),
      memory,
      reason: verdict === null ? null : { ...verdict, message: `${role} worker: ${verdict.message}` },
      load,
      worker: workerOf(load, (step) => withHost(scenario.engine, stepSeconds(model, step), step, load.attentionDp)),
      stepOf: lastStep((running) => stepTime(model, shape(load, running))),
      pedigree: model.pedigree,
    }
  }
}

/** Pairs that follow each other ask for the same step. */
function lastStep(of: (running: number) => StepTime): (running: number) => StepTime {
  let last: { readonly running: number; readonly step: StepTime } | undefined
  return (running) => {
    if (last?.running !== running) last = { running, step: of(running) }
    return last.step
  }
}

function remembered<Side>(of: (plan: ColocatedPlan) => Side): (plan: ColocatedPlan) => Side {
  const known = new WeakMap<ColocatedPlan, Side>()
  return (plan) => {
    let side = known.get(plan)
    if (side === undefined) {
      side = of(plan)
      known.set(plan, side)
    }
    return side
  }
}

import type { Engine } from '../spaces/engine.ts'
import type { Pool } from '../spaces/fleet.ts'
import type { Model } from '../spaces/model.ts'
import type { Workload } from '../spaces/workload.ts'
import type { Calibration } from './calibration.ts'

/** Everything but the plan that a prediction depends on: plain data, so it crosses threads and hashes. */
export interface Scenario {
  readonly model: Model
  readonly pools: readonly Pool[]
  readonly engine: Engine
  readonly workload: Workload
  readonly calibration: Calibration
}

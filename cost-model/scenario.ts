import type { Engine } from '../spaces/engine.ts'
import type { Pool } from '../spaces/fleet.ts'
import type { Model } from '../spaces/model.ts'
import type { Workload } from '../spaces/workload.ts'
import type { Calibration } from './calibration.ts'
import type { Stream } from './serve/open/arrivals.ts'
import type { Objective } from './serve/open/slo-capacity.ts'

/** Everything but the plan that a prediction depends on: plain data, so it crosses threads and hashes. */
export interface Scenario {
  readonly model: Model
  readonly pools: readonly Pool[]
  readonly engine: Engine
  readonly workload: Workload
  readonly calibration: Calibration
  /** Arrivals at the whole fleet, routed to replicas at random; absent: a closed loop, as many requests as the plan's batch on each replica. */
  readonly arrivals?: Stream | undefined
  /** What a study wants to know of latencies beside their means; absent: nothing, and a plan takes a tenth of the time or less. */
  readonly asked?: Asked | undefined
}

export interface Asked {
  /** The largest rate that meets the SLO. */
  readonly capacity: boolean
  readonly slo: Objective
}

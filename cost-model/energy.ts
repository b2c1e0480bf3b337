export interface Energy {
  readonly watts: number
  readonly joulesPerOutputToken: number
}

/**
 * Every GPU with its share of the node under full load, whatever the utilisation: a bound from above. No measurement we may carry ties
 * power to utilisation in serving.
 */
export function energyOf(wattsPerGpu: number, gpus: number, outputPerSecond: number): Energy {
  const watts = wattsPerGpu * gpus
  return { watts, joulesPerOutputToken: watts / outputPerSecond }
}

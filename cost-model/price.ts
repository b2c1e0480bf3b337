/** Dollars, and dollars per token (x a million for $/Mtok). Their source is the price's, which whoever prints them shows. */
export interface Cost {
  readonly usdPerHour: number
  /** The whole rent divided by prompt tokens, by output tokens, and by both together: three views of one sum, not to be added. */
  readonly usdPerPromptToken: number
  readonly usdPerOutputToken: number
  readonly usdPerToken: number
}

/** Rent of `gpus` that take in and put out so many tokens per second. */
export function costOf(usdPerGpuHour: number, gpus: number, promptPerSecond: number, outputPerSecond: number): Cost {
  const usdPerHour = usdPerGpuHour * gpus
  const usdPerSecond = usdPerHour / 3600
  return {
    usdPerHour,
    usdPerPromptToken: usdPerSecond / promptPerSecond,
    usdPerOutputToken: usdPerSecond / outputPerSecond,
    usdPerToken: usdPerSecond / (promptPerSecond + outputPerSecond),
  }
}

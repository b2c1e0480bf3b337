/** Plans rejected for one reason, and the sentence for the first of them. */
export interface Count {
  readonly reason: string
  readonly plans: number
  /** Lowest index among them. */
  readonly index: number
  /** What was said about that plan. */
  readonly example: string
}

/** Counts plans by reason. The order in which they are added does not matter. */
export interface Tally {
  /** `plans` plans from `index` on have that reason; `message` is asked for where they come first. */
  add(reason: string, index: number, plans: number, message: () => string): void
  counts(): readonly Count[]
}

export function tally(): Tally {
  const byReason = new Map<string, { plans: number; index: number; example: string }>()
  return {
    add: (reason, index, plans, message) => {
      const count = byReason.get(reason)
      if (count === undefined) byReason.set(reason, { plans, index, example: message() })
      else {
        count.plans += plans
        if (index < count.index) Object.assign(count, { index, example: message() })
      }
    },
    counts: () => [...byReason].map(([reason, count]) => ({ reason, ...count })),
  }
}

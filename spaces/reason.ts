/** Why a plan was rejected: a named rule or limit, the sentence, and the numbers in it. Failure is data, never an exception. */
export interface Reason {
  /** Stable kebab-case name that counts are kept by: `heads-divide-tp`, `memory-weights`, `slo-ttft`. */
  readonly code: string
  readonly message: string
  readonly numbers: Readonly<Record<string, number | string>>
}

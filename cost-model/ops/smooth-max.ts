/**
 * Time of arithmetic and memory traffic that overlap, but not wholly: (a^p + b^p)^(1/p). An exponent of 1 hides nothing, and the larger
 * one alone counts as p grows; absent: the larger one.
 */
export function smoothMax(a: number, b: number, exponent: number | undefined): number {
  const most = Math.max(a, b)
  if (exponent === undefined || most === 0) return most
  if (exponent === 1) return a + b
  return most * (1 + (Math.min(a, b) / most) ** exponent) ** (1 / exponent)
}

/** Part of it that `a` accounts for: a^p / (a^p + b^p), all or nothing where only the larger one counts. */
export function smoothShare(a: number, b: number, exponent: number | undefined): number {
  if (exponent === undefined || a === 0 || b === 0) return a > b ? 1 : 0
  return exponent === 1 ? a / (a + b) : 1 / (1 + (b / a) ** exponent)
}
